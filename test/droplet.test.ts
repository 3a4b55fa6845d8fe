import assert from "node:assert/strict";
import { derivedImage } from "./support/derived-image";
import { Droplet } from "./support/droplet";
import { sampleRelease } from "./support/machine-images";
import { killTree } from "./support/process-tree";
import { helloLike } from "./support/sample-projects";
import { type RunningCommand, TestStack } from "./support/test-stack";
import { until } from "./support/until";

const HOST = "hello.test";
/** Starts only when a test says so: a deploy of it waits for its health in the middle of the rollout. */
const WAITING = `CMD ["bash", "-c", "until [ -e /tmp/go ]; do sleep 0.1; done; exec nginx -g 'daemon off;'"]`;
/** Longest wait for one step of a deploy, in seconds. */
const STEP_SECONDS = 60;

describe("a stack on a droplet, over SSH", function () {
  this.timeout(240_000);
  let droplet: Droplet;
  let stack: TestStack;
  let good: { version: string; images: Record<string, string> };

  before(async () => {
    droplet = await Droplet.start();
    const migrations = { container: "web", upgrade: ["true"], current: ["echo", "1"] };
    const hello = { ...helloLike("hello"), domains: { staging: [HOST] }, database: "shared", migrations };
    stack = await TestStack.create({
      projects: { projects: { hello } },
      // Due in no test by itself.
      config: { deploy: { "*": { watchSeconds: 0 } }, backup: { schedule: "yearly" } },
      droplet,
    });
    good = await sampleRelease("hello", "1.0.0", stack.registryPort);
    await configure(good);
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    await droplet?.[Symbol.asyncDispose]();
  });

  const configure = (live: typeof good) => stack.configure({ releases: { hello: { live } } });
  const derived = async (tag: string, dockerfile: string) => ({
    version: tag,
    images: { web: await derivedImage(stack, tag, dockerfile) },
  });
  const settled = () => stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");

  /** Containers of the project that run, by release. */
  async function running(): Promise<string[]> {
    const containers = await stack.containers({ "slipway.project": "hello" });
    return containers.filter(({ State }) => State === "running").map(({ Labels }) => Labels["slipway.release"] ?? "");
  }

  /** Begins to deploy an image that waits; resolves in the middle of its rollout. */
  async function inRollout(release: typeof good): Promise<{ command: RunningCommand; release: string }> {
    const live = await stack.servedRelease(HOST);
    await configure(release);
    const command = stack.start(["up", "--yes", "--skip-preview"]);
    const candidate = await until(
      "the rollout",
      async () => {
        if (command.child.exitCode !== null) throw new Error((await command.done).output);
        const [operation] = await droplet.operations("rollout");
        return operation && (await running()).find((one) => one !== live);
      },
      STEP_SECONDS,
    );
    return { command, release: candidate };
  }

  /** Lets the image that waits start. */
  async function go(release: string): Promise<void> {
    const [container] = await stack.containers({ "slipway.release": release, "slipway.service": "web" });
    await droplet.run("docker", "exec", String(container?.Id), "touch", "/tmp/go");
  }

  const served = (release: string) =>
    until(`release ${release} to serve`, async () => (await stack.servedRelease(HOST)) === release, STEP_SECONDS);

  it("PU-02 PU-05 a preview of a droplet that has nothing yet changes nothing there", async () => {
    const { output } = await stack.succeed("preview");
    assert.match(output, /hello: nothing -> 1\.0\.0 \(release [0-9a-f]{10}\)/);
    await assert.rejects(droplet.run("test", "-e", "/opt/slipway"));
    assert.deepEqual(await stack.containers(), []);
  });

  it("PU-02 PU-07 the first `up` installs the program and deploys; a second one finds nothing to do", async () => {
    const { output } = await stack.deployed();
    assert.match((await stack.get(HOST)).body, /1\.0\.0/);
    assert.match(output, /INFO: hello: traffic goes to release/);
    assert.match(await stack.hostLog(), /INFO: hello: traffic goes to release/);
    await droplet.run("test", "-x", "/var/lib/slipway/projects/hello");
    await settled();
  });

  it("PU-02 MT-12 a new version replaces the old one without a failed request", async () => {
    await using load = stack.load(HOST);
    const before = await stack.infrastructure();
    await configure(await sampleRelease("hello", "1.1.0", stack.registryPort));
    await stack.deployed();
    const { failures, sent } = await load.stop();
    assert.deepEqual(failures, []);
    assert.ok(sent > 50);
    assert.match((await stack.get(HOST)).body, /1\.1\.0/);
    assert.equal((await running()).length, 1);
    assert.deepEqual(await stack.infrastructure(), before);
  });

  it("PU-04 OV-08 MT-22 a bad image leaves the old release serving; the configuration of before rolls back", async () => {
    await using load = stack.load(HOST);
    const live = await stack.servedRelease(HOST);
    await configure(await derived("exits", `CMD ["bash", "-c", "echo no such file >&2; exit 3"]`));
    const run = await stack.up();
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /container web ended with exit code 3/);
    assert.match(run.output, /\| no such file/);
    assert.equal(await stack.servedRelease(HOST), live);

    await configure(good);
    await stack.deployed();
    assert.match((await stack.get(HOST)).body, /1\.0\.0/);
    assert.equal((await stack.containers({ "slipway.project": "hello" })).length, 1);
    await settled();
    assert.deepEqual((await load.stop()).failures, []);
  });

  it("PU-09 fault 41 the private key is not in the state in clear, nor a request left on the droplet", async () => {
    const { readFile } = await import("node:fs/promises");
    const lines = (await readFile(droplet.host.identityFile as string, "utf8")).split("\n");
    const state = await readFile(stack.checkpointFile, "utf8");
    assert.ok(!state.includes(lines[1] as string));
    const left = await droplet.run("find", "/run/slipway", "-name", "request.json");
    assert.equal(left, "");
  });

  it("fault 34 a connection that breaks in the middle of a rollout changes nothing for it; the next `up` converges", async () => {
    await using load = stack.load(HOST);
    const live = await stack.servedRelease(HOST);
    const { command, release } = await inRollout(await derived("waits-1", WAITING));
    droplet.cut();
    const run = await command.done;
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /the connection was lost.*; the command may still run on the host/);
    assert.equal(await stack.servedRelease(HOST), live);
    assert.equal((await droplet.operations("rollout")).length, 1);

    await go(release);
    await served(release);
    await stack.deployed();
    assert.equal(await stack.servedRelease(HOST), release);
    await settled();
    assert.deepEqual(await running(), [release]);
    assert.deepEqual((await load.stop()).failures, []);
  });

  it("fault 34 PU-06 after kill -9 of everything that drives a rollout, the next `up` follows the one that runs", async () => {
    await using load = stack.load(HOST);
    const { command, release } = await inRollout(await derived("waits-2", WAITING));
    killTree(command.child.pid as number);
    await command.done;
    let output = "";
    const again = stack.start(["up", "--yes", "--skip-preview"], {
      onOutput: (text) => {
        output += text;
      },
    });
    await until("the second call to follow", () => /rollout is running already/.test(output), STEP_SECONDS);
    await go(release);
    const run = await again.done;
    assert.equal(run.code, 0, run.output);
    assert.equal(await stack.servedRelease(HOST), release);
    await settled();
    assert.deepEqual(await running(), [release]);
    assert.deepEqual((await load.stop()).failures, []);
  });

  it("fault 34 RB-01 a connection that breaks after the switch, in the watch, takes nothing back", async () => {
    await using load = stack.load(HOST);
    await stack.configure({ deploy: { "*": { watchSeconds: 5, holdSeconds: 5 } } });
    const { command, release } = await inRollout(await derived("waits-4", WAITING));
    await go(release);
    await served(release);
    droplet.cut();
    await command.done;
    await until("the operation to end", async () => (await droplet.operations("rollout")).length === 0, STEP_SECONDS);
    assert.equal(await stack.servedRelease(HOST), release);
    await stack.configure({ deploy: { "*": { watchSeconds: 0 } } });
    await stack.deployed();
    await settled();
    assert.deepEqual(await running(), [release]);
    assert.deepEqual((await load.stop()).failures, []);
  });

  it("fault 33 Docker restarts and then crashes in the middle of a rollout: no request fails, and it ends cleanly", async () => {
    await using load = stack.load(HOST);
    const live = await stack.servedRelease(HOST);
    const { command, release } = await inRollout(await derived("waits-3", WAITING));
    await droplet.run("systemctl", "restart", "docker");
    await droplet.run("systemctl", "kill", "--signal=KILL", "docker");
    await until("Docker to be back", () => droplet.run("docker", "version"), STEP_SECONDS);
    await go(release);
    const run = await command.done;
    const serving = run.code === 0 ? release : live;
    assert.equal(await stack.servedRelease(HOST), serving, run.output);

    await stack.deployed();
    assert.equal(await stack.servedRelease(HOST), release);
    await settled();
    assert.deepEqual((await load.stop()).failures, []);
  });

  it("fault 35 a droplet that shows another key than the pinned one is refused, and nothing reaches it", async () => {
    const live = await stack.servedRelease(HOST);
    const { generateKeyPairSync } = (await import("ssh2")).utils;
    const hostKey = generateKeyPairSync("ed25519").public;
    await configure(good);
    await stack.configure({ host: { ...droplet.host, hostKey } });
    const run = await stack.up();
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /Host key verification failed/);
    assert.equal(await stack.servedRelease(HOST), live);

    await stack.configure({ host: droplet.host });
    await stack.deployed();
    assert.match((await stack.get(HOST)).body, /1\.0\.0/);
  });

  /** All scheduled backups of the project, and the one that the last run of the timer wrote down. */
  async function scheduled() {
    const index = JSON.parse(await droplet.run("cat", "/var/lib/slipway/backups/hello/backup_index.json"));
    const backups = index.backups as { backup_type: string; restored_at: string | null }[];
    return backups.filter(({ backup_type }) => backup_type === "scheduled");
  }

  const runEnded = () =>
    until(
      "the run to end",
      async () => JSON.parse(await droplet.run("cat", "/var/lib/slipway/scheduled-run.json")).ended,
      STEP_SECONDS,
    );

  async function timerHealth(): Promise<{ status: string; reason?: string }> {
    const text = await droplet.run("sh", "-c", "node /opt/slipway/host.js cli health-check --json || true");
    return JSON.parse(text).services["backup-timer"];
  }

  it("SC-16 fault 19 scheduled backups missed while the droplet was off are made up for once at its boot, and proven", async () => {
    assert.equal((await droplet.run("systemctl", "is-enabled", "slipway-backup.timer")).trim(), "enabled");
    assert.deepEqual([await scheduled(), await timerHealth()], [[], { status: "healthy", response_time_ms: null }]);
    await droplet.run("touch", "-d", "2 years ago", "/var/lib/systemd/timers/stamp-slipway-backup.timer");
    await droplet.reboot();
    await runEnded();
    const [made, ...others] = await scheduled();
    assert.ok(made?.restored_at);
    assert.deepEqual(others, []);
    const started = () =>
      droplet.run("systemctl", "show", "--property=ExecMainStartTimestamp", "slipway-backup.service");
    const before = await started();
    await droplet.run("systemctl", "restart", "slipway-backup.timer");
    assert.equal(await started(), before);
    assert.equal((await scheduled()).length, 1);
    assert.equal((await timerHealth()).status, "healthy");
  });

  it("SC-16 health-check reports scheduled backups that failed, and a timer that is stopped", async () => {
    await droplet.run("sh", "-c", "cd /var/lib/slipway/backups && mv hello aside && touch hello");
    await assert.rejects(droplet.run("systemctl", "start", "slipway-backup.service"));
    const failed = await timerHealth();
    assert.equal(failed.status, "degraded");
    assert.match(failed.reason ?? "", /^the run of .* failed: /);
    assert.match(await stack.hostLog(), /ERROR: scheduled backups failed: hello; 0 succeeded/);
    await droplet.run("sh", "-c", "cd /var/lib/slipway/backups && rm hello && mv aside hello");

    await droplet.run("systemctl", "start", "slipway-backup.service");
    assert.equal((await timerHealth()).status, "healthy");
    await droplet.run("systemctl", "stop", "slipway-backup.timer");
    assert.match((await timerHealth()).reason ?? "", /^the timer is inactive, so no backup is scheduled/);
    await droplet.run("systemctl", "start", "slipway-backup.timer");
  });

  it("PU-08 `destroy` takes away what the stack made on the droplet, and keeps the data", async () => {
    await stack.succeed("destroy", "--yes");
    assert.deepEqual(await stack.containers(), []);
    const { Volumes } = await stack.docker.listVolumes();
    assert.deepEqual(Volumes.map(({ Name }) => Name).sort(), [
      `slipway-${stack.name}-postgres`,
      `slipway-${stack.name}-registry`,
    ]);
    await assert.rejects(droplet.run("systemctl", "cat", "slipway-backup.timer"));
  });
});
