import assert from "node:assert/strict";
import { watch } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { layout } from "../host/layout";
import { LockedError, withLock } from "../host/lock";
import { type Boundary, boundaryText, EventStream } from "./support/event-stream";
import { sampleRelease } from "./support/machine-images";
import { killTree } from "./support/process-tree";
import { helloLike } from "./support/sample-projects";
import { type RunningCommand, TestStack } from "./support/test-stack";
import { until } from "./support/until";

const HOST = "hello.localhost";
const VERSIONS = ["1.0.0", "1.1.0"] as const;
/** The migration of these tests; long enough to be killed in the middle, in seconds. */
const MIGRATION_SECONDS = 1;
/** What is gone by itself a little after a run was killed, in seconds. */
const SETTLE_SECONDS = 10;

describe("an `up` that is killed", function () {
  this.timeout(900_000);
  let stack: TestStack;
  let live: (typeof VERSIONS)[number] = "1.0.0";

  before(async () => {
    const migrations = {
      container: "web",
      upgrade: ["sleep", String(MIGRATION_SECONDS)],
      current: ["echo", "1"],
    };
    stack = await TestStack.create({ projects: { projects: { hello: { ...helloLike("hello"), migrations } } } });
    await configure(live);
    await stack.deployed();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  async function configure(version: string): Promise<void> {
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", version, stack.registryPort) } } });
  }

  const other = () => (live === "1.0.0" ? "1.1.0" : "1.0.0");

  /** Runs `up` and calls `act` with the process when the boundary is reached; the boundaries seen come back. */
  async function interruptedAt(target: string, act: (command: RunningCommand) => void) {
    const seen: Boundary[] = [];
    let reached = false;
    let command: RunningCommand | undefined;
    using events = new EventStream(stack.folder, (boundary) => {
      seen.push(boundary);
      if (reached || boundaryText(boundary) !== target || !command) return;
      reached = true;
      act(command);
    });
    command = stack.start(["up", "--yes", "--skip-preview", "--event-log", events.file]);
    const run = await command.done;
    return { run, seen, reached };
  }

  /** `up` of a version converges without a hand: one release, no orphan, nothing pending. */
  async function converges(version: (typeof VERSIONS)[number], after: string): Promise<void> {
    await configure(version);
    const run = await stack.deployed();
    const context = `${after}, then up of ${version}\n${run.output}`;
    live = version;
    const { body, headers } = await stack.get(HOST);
    assert.match(body, new RegExp(version.replaceAll(".", "\\.")), context);
    await until(
      `one container after ${context}`,
      async () => {
        const containers = await stack.containers({ "slipway.project": "hello" });
        if (containers.length === 1) return true;
        throw new Error(containers.map(({ Names, State }) => `${Names[0]} ${State}`).join(", "));
      },
      SETTLE_SECONDS,
    );
    const [web] = await stack.containers({ "slipway.project": "hello" });
    assert.equal(web?.Labels["slipway.release"], headers["x-slipway-release"], context);
    const state = JSON.parse(await readFile(stack.checkpointFile, "utf8"));
    assert.deepEqual(state.checkpoint.latest.pending_operations ?? [], [], context);
  }

  /** The next `up` finds nothing to do. */
  async function settled(): Promise<void> {
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  }

  /** Those of a whole redeploy. `replace` only tells that its two halves belong together. */
  async function boundaries(): Promise<string[]> {
    await configure(other());
    const { run, seen } = await interruptedAt("", () => undefined);
    assert.equal(run.code, 0, run.output);
    live = other();
    const effects = seen.filter(({ resource, op }) => !isComponent(resource) && op !== "replace");
    return [...new Set(effects.map(boundaryText))];
  }

  it("PU-06 with kill -9 before and after every step of a redeploy converges to either configuration", async () => {
    await using load = stack.load(HOST);
    const points = await boundaries();
    for (const role of ["RemoteImage", "hello-migrate", "Container", "hello-retire", "hello-rollout"]) {
      for (const when of ["before", "after"]) {
        assert.ok(
          points.some((point) => point.startsWith(when) && point.includes(role)),
          `no step ${when} ${role} in\n${points.join("\n")}`,
        );
      }
    }
    for (const [index, point] of points.entries()) {
      const [target, back] = [other(), live] as const;
      // Every second time everything that the engine started dies with it, as when the machine goes down.
      const kill = index % 2 === 0 ? killTree : (pid: number) => process.kill(pid, "SIGKILL");
      await configure(target);
      const { run, reached } = await interruptedAt(point, ({ child }) => kill(child.pid as number));
      assert.ok(reached, `${point} was not reached\n${run.output}`);
      assert.ok(run.signal === "SIGKILL" || run.code === 0, run.output);
      await converges(index % 4 < 2 ? target : back, `kill -9 ${point}`);
      if (index % 5 === 0) await settled();
      console.log(`        killed ${point}`);
    }
    await settled();
    assert.deepEqual((await load.stop()).failures, []);
  });

  it("PU-06 with kill -9 of everything in the middle of the switch converges to either configuration", async () => {
    await using load = stack.load(HOST);
    const gateway = join(stack.folder, ".slipway/var/lib/slipway/gateway");
    for (const [index, moment] of ["gen-", "gen-", "current", "current"].entries()) {
      const [target, back] = [other(), live] as const;
      await configure(target);
      const command = stack.start(["up", "--yes", "--skip-preview"]);
      const watcher = watch(gateway, (_, file) => {
        if (file?.startsWith(moment) && !file.endsWith(".next")) killTree(command.child.pid as number);
      });
      const run = await command.done;
      watcher.close();
      assert.equal(run.signal, "SIGKILL", run.output);
      const when = moment === "current" ? "after the gateway's configuration changed" : "before the gateway's reload";
      await converges(index % 2 === 0 ? target : back, `kill -9 ${when}`);
    }
    await settled();
    assert.deepEqual((await load.stop()).failures, []);
  });

  it("PU-06 MT-08 with kill -9 of everything in the middle of the migration lets it end before the next begins", async () => {
    await using load = stack.load(HOST);
    const migration = await killedInMigration();
    await stack.docker.getContainer(migration).pause();
    const log = (await stack.hostLog()).length;
    const command = stack.start(["up", "--yes", "--skip-preview"]);
    await until(
      "the next migration to hold the lock",
      () => lockPurpose().then((what) => what.startsWith("migrate")),
      60,
    );
    await stack.docker.getContainer(migration).unpause();
    const run = await command.done;
    assert.equal(run.code, 0, run.output);
    assert.match((await stack.hostLog()).slice(log), /waited for a migration that a killed run had begun/);
    await converges(other(), "kill -9 in the middle of the migration");

    await killedInMigration();
    await converges(live, "kill -9 in the middle of the migration");
    await settled();
    assert.deepEqual((await load.stop()).failures, []);
  });

  /** Id of the container of a migration whose run was killed. */
  async function killedInMigration(): Promise<string> {
    // Without a record of the image's revision the migration runs in any case.
    const file = join(stack.folder, ".slipway/var/lib/slipway/projects/hello/record.json");
    const { schema: _, sha256: __, ...record } = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify(record));
    await configure(other());
    const command = stack.start(["up", "--yes", "--skip-preview"]);
    const labels = { "slipway.service": "migrate" };
    const [migration] = await until(
      "the migration",
      async () => (await stack.containers(labels)).filter(({ State }) => State === "running").map(({ Id }) => [Id])[0],
      60,
    );
    killTree(command.child.pid as number);
    await command.done;
    return migration as string;
  }

  /** What the holder of the project's lock does; "" where nobody holds it. */
  async function lockPurpose(): Promise<string> {
    try {
      return await withLock(layout(join(stack.folder, ".slipway")).project("hello"), "test", 0, async () => "");
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      return error.holder.purpose;
    }
  }

  it("PU-06 a container that a killed run left of the same release is swept by its rollout", async () => {
    const [target, back] = [other(), live] as const;
    await converges(target, "nothing");
    const [web] = await stack.containers({ "slipway.project": "hello" });
    await converges(back, "nothing");
    const orphan = await stack.docker.createContainer({ Image: web?.ImageID, Labels: web?.Labels });
    await orphan.start();
    await converges(target, "an orphan");
  });

  it("PU-06 with Ctrl-C during a step ends it, starts nothing new and exits 1; the next `up` converges", async () => {
    await using load = stack.load(HOST);
    const points = (await boundaries()).filter((point) => point.startsWith("before"));
    for (const [index, point] of points.entries()) {
      const [target, back] = [other(), live] as const;
      await configure(target);
      const { run, seen, reached } = await interruptedAt(point, ({ child }) => child.kill("SIGINT"));
      assert.ok(reached, `${point} was not reached\n${run.output}`);
      assert.equal(run.code, 1, `${point}\n${run.output}`);
      assert.match(run.output, /cancel/i);
      const last = seen.filter(({ resource }) => !isComponent(resource)).map(boundaryText);
      assert.ok(last.includes(point.replace("before", "after")), `${point} did not end\n${last.join("\n")}`);
      await converges(index % 2 === 0 ? target : back, `Ctrl-C ${point}`);
    }
    await settled();
    assert.deepEqual((await load.stop()).failures, []);
  });
});

/** A component is only an entry of the state: its steps do nothing. */
function isComponent(resource: string): boolean {
  return resource.startsWith("slipway:") || resource.startsWith("pulumi:");
}
