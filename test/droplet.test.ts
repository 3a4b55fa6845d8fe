import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import type { Changes } from "./support/changed-image";
import { derivedImage } from "./support/derived-image";
import { Droplet } from "./support/droplet";
import { sampleRelease } from "./support/machine-images";
import { helloLike } from "./support/sample-projects";
import { sshKeyPair } from "./support/ssh-key";
import { TestStack } from "./support/test-stack";

const HOST = "hello.test";

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
  const derived = async (tag: string, changes: Changes) => ({
    version: tag,
    images: { web: await derivedImage(stack, tag, changes) },
  });
  const settled = () => stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");

  /** How many containers of the project run. */
  async function running(): Promise<number> {
    const containers = await stack.containers({ "slipway.project": "hello" });
    return containers.filter(({ State }) => State === "running").length;
  }

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
    assert.equal(await running(), 1);
    assert.deepEqual(await stack.infrastructure(), before);
  });

  it("PU-04 OV-08 MT-22 a bad image leaves the old release serving; the configuration of before rolls back", async () => {
    await using load = stack.load(HOST);
    const live = await stack.servedRelease(HOST);
    await configure(await derived("exits", { instructions: [`CMD ["bash", "-c", "echo no such file >&2; exit 3"]`] }));
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
    const lines = (await readFile(droplet.host.identityFile as string, "utf8")).split("\n");
    const state = await readFile(stack.checkpointFile, "utf8");
    assert.ok(!state.includes(lines[1] as string));
    const left = await droplet.run("find", "/run/slipway", "-name", "request.json");
    assert.equal(left, "");
  });

  it("a new key, once an `up` has recorded it, is all that later runs need", async () => {
    const { public: added, private: key } = sshKeyPair();
    await droplet.run("sh", "-c", `echo '${added}' >> /root/.ssh/authorized_keys`);
    await writeFile(droplet.host.identityFile as string, key, { mode: 0o600 });
    await settled();
    const live = await stack.servedRelease(HOST);
    const env = { SLIPWAY_RECORD_KEY: "1" };
    const run = await stack.start(["up", "--yes", "--skip-preview"], { env }).done;
    assert.equal(run.code, 0, run.output);
    assert.equal(await stack.servedRelease(HOST), live);
    await settled();

    await droplet.run("sh", "-c", `echo '${added}' > /root/.ssh/authorized_keys`);
    droplet.cut();
    await configure(await sampleRelease("hello", "1.1.0", stack.registryPort));
    await stack.deployed();
    assert.match((await stack.get(HOST)).body, /1\.1\.0/);
    await settled();
  });

  async function timerHealth(): Promise<{ status: string; reason?: string }> {
    const text = await droplet.run("sh", "-c", "node /opt/slipway/host.js cli health-check --json || true");
    return JSON.parse(text).services["backup-timer"];
  }

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
