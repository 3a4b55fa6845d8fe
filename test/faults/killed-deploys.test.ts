import assert from "node:assert/strict";
import { watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Boundary, boundaryText, EventStream } from "../support/event-stream";
import { REAL } from "../support/fault-limits";
import { Ledger } from "../support/ledger/ledger";
import { underLoad } from "../support/ledger/under-load";
import { note } from "../support/note";
import { killDescendant, killTree } from "../support/process-tree";
import type { RunningCommand } from "../support/test-stack";

/** Steps of a deploy that every kill of a usual run is at, one before and one after in turn; all of them with real limits. */
const ROLES = ["preflight", "backup", "RemoteImage", "migrate", "Container", "retire", "rollout"];

describe("a deploy that is killed under load", function () {
  this.timeout(REAL ? 1_800_000 : 600_000);
  let ledger: Ledger;
  let live = "1.0.0";
  let built = 1;
  /** Boundaries of a deploy that is left alone. */
  let known: string[];

  before(async () => {
    ledger = await Ledger.create({ migrations: { compatible: true } });
    live = await newVersion();
    const { run, points } = await interrupted(live, "", () => undefined);
    assert.equal(run.code, 0, run.output);
    known = points;
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  /** One that was never on this host: all steps of a deploy have something to do. */
  async function newVersion(): Promise<string> {
    built += 1;
    await ledger.build(`${built}.0.0`, { revision: "r2" });
    return `${built}.0.0`;
  }

  /** Deploys a version and acts with the command at a boundary. */
  async function interrupted(version: string, point: string, act: (command: RunningCommand) => void) {
    const points = new Set<string>();
    let reached = false;
    let command: RunningCommand | undefined;
    using events = new EventStream(ledger.stack.folder, (boundary) => {
      if (isEffect(boundary)) points.add(boundaryText(boundary));
      if (reached || boundaryText(boundary) !== point || !command) return;
      reached = true;
      act(command);
    });
    command = ledger.stack.start(["deploy", "ledger", version, "--event-log", events.file]);
    const run = await command.done;
    return { run, reached, points: [...points] };
  }

  /** A deploy of a version converges by itself: it serves, and nothing is left to do. */
  async function converges(version: string, after: string): Promise<void> {
    const run = await ledger.stack.slipway("deploy", "ledger", version);
    assert.equal(run.code, 0, `${after}, then deploy of ${version}\n${run.output}`);
    const up = await ledger.stack.slipway("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(up.code, 0, `${after}, then deploy of ${version}\n${run.output}\n${up.output}`);
    live = version;
    const { live: serving } = await ledger.state<{ live: { version: string; release: string } }>("record.json");
    assert.equal(serving.version, version, after);
    assert.equal(await ledger.served(), serving.release, after);
    const { checkpoint } = JSON.parse(await readFile(ledger.stack.checkpointFile, "utf8"));
    assert.deepEqual(checkpoint.latest.pending_operations ?? [], [], after);
    const containers = await ledger.stack.containers({ "slipway.project": "ledger" });
    assert.ok(containers.length <= 2, `${after}: ${containers.map(({ Names }) => Names[0]).join(", ")}`);
  }

  it("fault 1 PU-06 with kill -9 at its steps: the next deploy, of either version, needs no hand", async function () {
    const chosen = ROLES.map((role, index) => {
      const when = index % 2 === 0 ? "after" : "before";
      const point = known.find((one) => one.startsWith(when) && one.includes(role) && !one.includes("delet"));
      return point ?? assert.fail(`no step ${when} ${role} in\n${known.join("\n")}`);
    });
    const points = REAL ? known : chosen;
    const { text } = await underLoad(ledger, async () => {
      for (const [index, point] of points.entries()) {
        const [target, back] = [await newVersion(), live] as const;
        // Every second time all that the engine started dies with it, as when the machine goes down.
        const kill = index % 2 === 0 ? killTree : (pid: number) => process.kill(pid, "SIGKILL");
        const { run, reached } = await interrupted(target, point, ({ child }) => kill(child.pid as number));
        assert.ok(reached, `${point} was not reached\n${run.output}`);
        await converges(index % 4 < 2 ? target : back, `kill -9 ${point}`);
      }
    });
    note(this, `${text}; ${points.length} kills, each followed by one deploy without a hand`);
  });

  for (const [title, moment] of [
    ["fault 2 PU-06 between healthy and reload", "gen-"],
    ["fault 3 PU-06 between the switch and the end", "current"],
  ] as const) {
    for (const [what, kill] of [
      ["all of it", killTree],
      ["its host program", (pid: number) => void killDescendant(pid, "host.js rollout")],
    ] as const) {
      it(`${title}, with kill -9 of ${what}: one release serves throughout, and a rerun settles it`, async function () {
        const target = await newVersion();
        const before = (await ledger.releases()).length;
        const { outcome: run, text } = await underLoad(ledger, async () => {
          const gateway = join(ledger.stack.folder, ".slipway/var/lib/slipway/gateway");
          const command = ledger.stack.start(["deploy", "ledger", target]);
          let done = false;
          const watcher = watch(gateway, (_, file) => {
            if (done || !file?.startsWith(moment) || file.endsWith(".next")) return;
            done = true;
            kill(command.child.pid as number);
          });
          const killed = await command.done;
          watcher.close();
          assert.ok(done, killed.output);
          assert.notEqual(await ledger.served(), "");
          assert.ok((await ledger.releases()).length <= before + 1, "more than one release is left over");
          await converges(target, `kill -9 of ${what} ${title}`);
          return killed;
        });
        assert.ok(run.signal === "SIGKILL" || run.code === 1 || run.code === 0, run.output);
        note(this, `${text}; killed (${run.signal ?? `exit ${run.code}`}), then one deploy settled it`);
      });
    }
  }
});

/** Components are entries of the state only, and `replace` tells that its two halves belong together. */
function isEffect({ resource, op }: Boundary): boolean {
  return op !== "replace" && !resource.startsWith("slipway:") && !resource.startsWith("pulumi:");
}
