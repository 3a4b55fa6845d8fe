import assert from "node:assert/strict";
import { Droplet } from "../support/droplet";
import { limit } from "../support/fault-limits";
import { Ledger } from "../support/ledger/ledger";
import { underLoad } from "../support/ledger/under-load";
import { note } from "../support/note";
import { killTree } from "../support/process-tree";
import { sshKeyPair } from "../support/ssh-key";
import type { RunningCommand } from "../support/test-stack";
import { until } from "../support/until";

/** Longest wait for one step of a deploy, in seconds. */
const STEP_SECONDS = 60;

describe("a droplet whose connection, Docker or power goes, under load", function () {
  this.timeout(limit(300_000, 900_000));
  let droplet: Droplet;
  let ledger: Ledger;

  before(async () => {
    droplet = await Droplet.start();
    ledger = await Ledger.create({
      droplet,
      project: { domains: { staging: ["ledger.localhost"] } },
      // Due in no test by itself.
      config: { backup: { schedule: "yearly" } },
    });
  });
  after(async () => {
    await ledger?.stack[Symbol.asyncDispose]();
    await droplet?.[Symbol.asyncDispose]();
  });

  const settled = () => ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  const served = (release: string) =>
    until(`release ${release} to serve`, async () => (await ledger.served()) === release, STEP_SECONDS);
  const inRollout = async () => (await droplet.operations("rollout")).length;

  /** Releases of the containers of the project that run. */
  async function running(): Promise<string[]> {
    const containers = await ledger.stack.containers({ "slipway.project": "ledger" });
    return containers.filter(({ State }) => State === "running").map(({ Labels }) => Labels["slipway.release"] ?? "");
  }

  /** Begins to deploy an image that waits; resolves in the middle of its rollout. */
  async function deploying(version: string): Promise<{ command: RunningCommand; release: string }> {
    const live = await ledger.served();
    const web = await ledger.build(version, { waits: true });
    await ledger.stack.configure({ releases: { ledger: { live: { version, images: { web } } } } });
    const command = ledger.stack.start(["up", "--yes", "--skip-preview"]);
    const release = await until(
      "the rollout",
      async () => {
        if (command.child.exitCode !== null) throw new Error((await command.done).output);
        return (await inRollout()) > 0 && (await running()).find((one) => one !== live);
      },
      STEP_SECONDS,
    );
    return { command, release };
  }

  /** Lets the image that waits start. */
  async function go(release: string): Promise<void> {
    const [container] = await ledger.stack.containers({ "slipway.release": release, "slipway.service": "web" });
    await droplet.run("docker", "exec", String(container?.Id), "touch", "/tmp/go");
  }

  it("fault 34 a connection that breaks in the middle of a rollout changes nothing for it; the next `up` converges", async function () {
    const { outcome: run, text } = await underLoad(ledger, async () => {
      const live = await ledger.served();
      const { command, release } = await deploying("2.0.0");
      droplet.cut();
      const run = await command.done;
      assert.equal(await ledger.served(), live);
      assert.equal(await inRollout(), 1);
      await go(release);
      await served(release);
      await ledger.stack.deployed();
      assert.equal(await ledger.served(), release);
      await settled();
      assert.deepEqual(await running(), [release]);
      return run;
    });
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /the connection was lost.*; the command may still run on the host/);
    note(this, `${text}; exit ${run.code}, the rollout went on, the next \`up\` found it done`);
  });

  it("fault 34 PU-06 after kill -9 of everything that drives a rollout, the next `up` follows the one that runs", async function () {
    const { outcome: run, text } = await underLoad(ledger, async () => {
      const { command, release } = await deploying("3.0.0");
      killTree(command.child.pid as number);
      await command.done;
      let output = "";
      const again = ledger.stack.start(["up", "--yes", "--skip-preview"], {
        onOutput: (text) => {
          output += text;
        },
      });
      await until("the second call to follow", () => /rollout is running already/.test(output), STEP_SECONDS);
      await go(release);
      const run = await again.done;
      assert.equal(await ledger.served(), release, run.output);
      await settled();
      assert.deepEqual(await running(), [release]);
      return run;
    });
    assert.equal(run.code, 0, run.output);
    note(this, `${text}; the next \`up\` followed, exit ${run.code}`);
  });

  it("fault 34 RB-01 a connection that breaks after the switch, in the watch, takes nothing back", async function () {
    await ledger.stack.configure({ deploy: { "*": { watchSeconds: 5, holdSeconds: 5 } } });
    const { text } = await underLoad(ledger, async () => {
      const { command, release } = await deploying("4.0.0");
      await go(release);
      await served(release);
      droplet.cut();
      await command.done;
      await until("the operation to end", async () => (await inRollout()) === 0, STEP_SECONDS);
      assert.equal(await ledger.served(), release);
      await ledger.stack.configure({ deploy: { "*": { watchSeconds: 0 } } });
      await ledger.stack.deployed();
      await settled();
      assert.deepEqual(await running(), [release]);
    });
    note(this, `${text}; the watch went on and passed`);
  });

  it("fault 33 Docker restarts and then crashes in the middle of a rollout: no request fails, and it ends cleanly", async function () {
    const { outcome: run, text } = await underLoad(ledger, async () => {
      const live = await ledger.served();
      const { command, release } = await deploying("5.0.0");
      await droplet.run("systemctl", "restart", "docker");
      await droplet.run("systemctl", "kill", "--signal=KILL", "docker");
      await until("Docker to be back", () => droplet.run("docker", "version"), STEP_SECONDS);
      await go(release);
      const run = await command.done;
      assert.equal(await ledger.served(), run.code === 0 ? release : live, run.output);
      await ledger.stack.deployed();
      assert.equal(await ledger.served(), release);
      await settled();
      return run;
    });
    note(this, `${text}; exit ${run.code}, and the next \`up\` converged`);
  });

  it("fault 35 a droplet that shows another key than the pinned one is refused, and nothing reaches it", async function () {
    const live = await ledger.served();
    const web = await ledger.build("6.0.0");
    await ledger.stack.configure({
      releases: { ledger: { live: { version: "6.0.0", images: { web } } } },
      host: { ...droplet.host, hostKey: sshKeyPair().public },
    });
    const { outcome: run, text } = await underLoad(ledger, () => ledger.stack.up());
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /Host key verification failed/);
    assert.equal(await ledger.served(), live);
    await ledger.stack.configure({ host: droplet.host });
    await ledger.stack.deployed();
    assert.notEqual(await ledger.served(), live);
    note(this, `${text}; exit ${run.code}, with the right key it went on`);
  });

  it("SC-16 fault 19 scheduled backups missed while the droplet was off are made up for once at its boot, and proven", async function () {
    const scheduled = async () => {
      const index = JSON.parse(await droplet.run("cat", "/var/lib/slipway/backups/ledger/backup_index.json"));
      const backups = index.backups as { backup_type: string; restored_at: string | null }[];
      return backups.filter(({ backup_type }) => backup_type === "scheduled");
    };
    const ended = async () => JSON.parse(await droplet.run("cat", "/var/lib/slipway/scheduled-run.json")).ended;
    const health = async () => {
      const text = await droplet.run("sh", "-c", "node /opt/slipway/host.js cli health-check --json || true");
      return JSON.parse(text).services["backup-timer"].status;
    };
    assert.equal((await droplet.run("systemctl", "is-enabled", "slipway-backup.timer")).trim(), "enabled");
    assert.deepEqual([await scheduled(), await health()], [[], "healthy"]);
    const { text } = await underLoad(
      ledger,
      async () => {
        await droplet.run("touch", "-d", "2 years ago", "/var/lib/systemd/timers/stamp-slipway-backup.timer");
        await droplet.reboot();
        await until("the run to end", ended, 2 * STEP_SECONDS);
        await until("the ledger to answer", async () => (await ledger.served()) !== "", STEP_SECONDS);
      },
      { allowFailures: true },
    );
    const [made, ...others] = await scheduled();
    assert.ok(made?.restored_at);
    assert.deepEqual(others, []);
    const started = () =>
      droplet.run("systemctl", "show", "--property=ExecMainStartTimestamp", "slipway-backup.service");
    const before = await started();
    await droplet.run("systemctl", "restart", "slipway-backup.timer");
    assert.equal(await started(), before);
    assert.equal((await scheduled()).length, 1);
    assert.equal(await health(), "healthy");
    note(this, `${text}; one backup at boot, and its proof`);
  });
});
