import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { derivedImage, SPOILS } from "./support/derived-image";
import { layoutOf, onHost } from "./support/host-program";
import { sampleRelease } from "./support/machine-images";
import { onlyHello } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";
import { until } from "./support/until";

const HOST = "hello.localhost";

/** Healthy, and its page is there, but something else that clients ask for fails. */
const FAILS = {
  run: `sed -i 's#root /srv/public;#root /srv/public; location = /feed { return 500; }#' /etc/nginx/nginx.conf`,
};

/** Well inside its container; what comes through the gateway, which the gates before the switch do not, gets 500. */
const FAILS_OUTSIDE = {
  run: `sed -i 's#root /srv/public;#root /srv/public; location = / { if ($http_x_forwarded_proto) { return 500; } }#' /etc/nginx/nginx.conf`,
};

/** Well by its health check, but its page is not there any more from some moment on. */
const SPOILS_PAGE = {
  run: `sed -i 's#root /srv/public;#root /srv/public; location = / { if (-f /tmp/spoilt) { return 500; } }#' /etc/nginx/nginx.conf`,
};

describe("the watch after a switch", function () {
  this.timeout(120_000);
  let stack: TestStack;
  let live: string;

  const watch = { watchSeconds: 30, holdSeconds: 4, settleSeconds: 1, failures: 3, minimumRequests: 10 };

  before(async () => {
    stack = await TestStack.create({ projects: onlyHello(), config: { deploy: { "*": watch } } });
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) } } });
    await stack.deployed();
    live = await stack.servedRelease(HOST);
    await derivedImage(stack, "2.0.0", SPOILS);
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const project = (file: string) => join(stack.folder, ".slipway/var/lib/slipway/projects/hello", file);
  const read = async (file: string) => JSON.parse(await readFile(project(file), "utf8"));

  /** From now on the release answers 500. */
  async function spoil(release: string): Promise<void> {
    const [web] = await stack.containers({ "slipway.project": "hello", "slipway.release": release });
    const exec = await stack.docker.getContainer(web?.Id as string).exec({ Cmd: ["touch", "/tmp/spoilt"] });
    await exec.start({});
  }

  /** What the audit log says of the project, newest last, without what is new each time. */
  const events = async () =>
    (await readFile(layoutOf(stack).audit, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ operation }) => ["deploy", "rollback"].includes(operation))
      .map(({ operation, result, from = "", to, reason = "" }) => ({ operation, result, from, to, reason }));
  const counted = async (what: string) =>
    Number(new RegExp(`^slipway_${what} (\\d+)$`, "m").exec(await readFile(layoutOf(stack).metrics, "utf8"))?.[1] ?? 0);
  const ROLLBACKS = 'rollbacks_total{project="hello",result="success"}';
  const FAILED_ROLLBACKS = 'rollbacks_total{project="hello",result="failure"}';

  const newRelease = (before: string) =>
    until("the new release", async () => {
      const served = await stack.servedRelease(HOST);
      return served !== "" && served !== before && served;
    });

  it("fault 24 RB-01 RB-02 SC-15 MT-21 a release that dies while the deploy waits is taken back right after the third failed check", async () => {
    const began = Date.now();
    const command = stack.start(["deploy", "hello", "2.0.0"]);
    const spoilt = await newRelease(live);
    await until("the watch", async () => {
      const { release, checks } = await read("watch.json");
      return release === spoilt && checks > 0;
    });
    await spoil(spoilt);
    const run = await command.done;
    assert.equal(run.code, 1, run.output);
    assert.match(
      run.output,
      /Progress: \d+s \/ 30s \| Checks: \d+ \| Failures: 3 \(\d+\.\d\d%\) \| Consecutive: 3 \| Remaining: \d+s/,
    );
    assert.match(run.output, /3 failed health checks in a row; release [0-9a-f]{10} \(1\.0\.0\) serves again/);
    assert.equal(await stack.servedRelease(HOST), live);
    assert.ok(Date.now() - began < 60_000);
    const log = await stack.hostLog();
    const at = (text: string) => {
      const line = log.split("\n").findLast((one) => one.includes(text));
      return Date.parse(`${line?.slice(1, 20).replace(" ", "T")}Z`);
    };
    // Of lines that tell whole seconds, on a machine that does other things: `bench deploy` measures it.
    assert.ok(at("traffic is back on release") - at("Consecutive: 3") <= 5000, log);
    const [failed] = (await read("manifest.json")).deployment_history;
    assert.deepEqual([failed.version, failed.result], ["2.0.0", "rolled back"]);
    const reason = "3 failed health checks in a row";
    const names = { from: `2.0.0 (${spoilt})`, to: `1.0.0 (${live})` };
    assert.deepEqual((await events()).slice(-2), [
      { operation: "rollback", result: "success", ...names, reason },
      { operation: "deploy", result: "failure", from: "", to: names.from, reason },
    ]);
  });

  it("RB-03 fault 25 a release whose requests fail is taken back, though its health checks pass", async () => {
    await derivedImage(stack, "3.0.0", FAILS);
    const load = stack.load(HOST, 50, "/feed");
    const run = await stack.slipway("deploy", "hello", "3.0.0");
    const { releases, failures } = await load.stop();
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /% of \d+ health checks and \d+ requests failed, more than 10\.00%/);
    assert.equal(await stack.servedRelease(HOST), live);
    assert.ok((releases[live] ?? 0) > 0 && failures.length > 0);
  });

  it("RB-14 SC-15 MT-21 a release that dies after the deploy ended is taken back by the host, and `up` says so and leaves it", async () => {
    const run = await stack.succeed("deploy", "hello", "2.0.0");
    assert.match(run.output, /the watch goes on on this host/);
    const spoilt = await stack.servedRelease(HOST);
    assert.notEqual(spoilt, live);
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    const before = { rollbacks: await counted(ROLLBACKS), failed: await counted(FAILED_ROLLBACKS) };
    await spoil(spoilt);
    await until("the switch back", async () => (await stack.servedRelease(HOST)) === live, 40);
    await until("the record", async () => (await read("record.json")).held?.reason === "watch");
    await until("the end", async () => (await read("manifest.json")).deployment_history[0].result === "rolled back");
    const [deploy, rollback] = (await events()).slice(-2);
    assert.deepEqual([deploy?.operation, deploy?.result], ["deploy", "success"]);
    const names = { from: `2.0.0 (${spoilt})`, to: `1.0.0 (${live})` };
    assert.deepEqual({ ...rollback, reason: "" }, { operation: "rollback", result: "success", ...names, reason: "" });
    assert.equal(await counted(ROLLBACKS), before.rollbacks + 1);
    assert.equal(await counted(FAILED_ROLLBACKS), before.failed);
    const up = await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.match(up.output, new RegExp(`hello: traffic is held on release ${live}`));
    assert.equal(await stack.servedRelease(HOST), live);
  });

  it("RB-14 an edit that needs no new release leaves traffic where it is held", async () => {
    const recorded = async () => ({ ...(await read("record.json")), sha256: "" });
    const held = await recorded();
    const { projects } = onlyHello({ responseTimeLimitMs: 1234 });
    const moved = { projects: { hello: { ...projects.hello, domains: { local: ["moved.localhost"] } } } };
    for (const [wanted, host] of [[moved, "moved.localhost"] as const, [onlyHello(), HOST] as const]) {
      await stack.declare(wanted);
      const up = await stack.deployed();
      assert.match(up.output, new RegExp(`WARN: hello: traffic stays on release ${live}: release \\w+ failed`));
      assert.deepEqual(await recorded(), { ...held, live: { ...held.live, host } });
      assert.equal(await stack.servedRelease(host), live);
    }
  });

  it("RB-05 RB-14 a deploy that fails after its switch leaves traffic where it was held before", async () => {
    const file = await readFile(stack.stackFile, "utf8");
    const { held } = await read("record.json");
    await derivedImage(stack, "4.0.0", FAILS_OUTSIDE);
    const run = await stack.slipway("deploy", "hello", "4.0.0");
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /\(4\.0\.0\): verification failed: .*; release \w+ \(1\.0\.0\) serves again/);
    assert.equal(await stack.servedRelease(HOST), live);
    assert.deepEqual((await read("record.json")).held, held);
    assert.equal(await readFile(stack.stackFile, "utf8"), file);
    const up = await stack.deployed();
    assert.match(up.output, new RegExp(`hello: traffic is held on release ${live}`));
    assert.equal(await stack.servedRelease(HOST), live);
  });

  it("RB-14 going back by command makes the configuration follow what the host did", async () => {
    const run = await stack.succeed("rollback", "hello", "--yes");
    assert.match(run.output, /serves already; the configuration follows/);
    assert.equal(await stack.servedRelease(HOST), live);
    const up = await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.doesNotMatch(up.output, /is held/);
  });

  it("RB-02 RB-14 the way back leads to the domain that the project has by then", async () => {
    const moved = "moved.localhost";
    await stack.succeed("deploy", "hello", "2.0.0");
    const spoilt = await stack.servedRelease(HOST);
    const { projects } = onlyHello();
    await stack.declare({ projects: { hello: { ...projects.hello, domains: { local: [moved] } } } });
    await stack.deployed();
    assert.equal(await stack.servedRelease(moved), spoilt);
    await spoil(spoilt);
    await until("the switch back", async () => (await stack.servedRelease(moved)) === live, 40);
    await until("the record", async () => (await read("record.json")).held?.reason === "watch");
    await stack.declare(onlyHello());
    await stack.succeed("rollback", "hello", "--yes");
    await stack.deployed();
    assert.equal(await stack.servedRelease(HOST), live);
  });

  it("RB-05 a release that fails once clients reach it, though it passed every gate before, is taken back", async () => {
    const run = await stack.slipway("deploy", "hello", "4.0.0");
    assert.equal(run.code, 1, run.output);
    assert.match(
      run.output,
      /release \w+ \(4\.0\.0\): verification failed: gateway .*: GET \/ answered 500; release \w+ \(1\.0\.0\) serves again/,
    );
    assert.equal(await stack.servedRelease(HOST), live);
  });

  it("RB-05 MT-19 a release that the public address does not show is taken back", async () => {
    await stack.configure({ checkPublicAddress: true });
    await stack.deployed();
    const run = await stack.slipway("deploy", "hello", "1.1.0");
    await stack.configure({ checkPublicAddress: false });
    await stack.deployed();
    assert.equal(run.code, 1, run.output);
    // Nobody can be reached there, so the release before is no better.
    assert.match(
      run.output,
      /\(1\.1\.0\): verification failed: https:\/\/hello\.localhost\/healthz: .*; 1\.0\.0 \(release \w+\) serves again, but verification failed: https:/,
    );
    assert.equal(await stack.servedRelease(HOST), live);
  });

  it("RB-13 with `automaticRollback: false` a release whose watch fails keeps the traffic, which is said: exit 1", async () => {
    await stack.configure({ deploy: { "*": { ...watch, automaticRollback: false } } });
    const command = stack.start(["deploy", "hello", "2.0.0"]);
    const spoilt = await newRelease(live);
    await until("the watch", async () => (await read("watch.json")).release === spoilt);
    await spoil(spoilt);
    const run = await command.done;
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /hello: automatic rollback is off \(deploy\.automaticRollback\)/);
    assert.match(run.output, new RegExp(`release ${spoilt} still has the traffic; to go back: slipway rollback hello`));
    assert.match(run.stderr, /ERROR: Live: 2\.0\.0 \(release \w+\), as automatic rollback is off/);
    assert.match(await readFile(stack.stackFile, "utf8"), /live:\s+version: 2\.0\.0/);
    assert.equal((await read("record.json")).live.release, spoilt, run.output);
    await stack.configure({ deploy: { "*": watch } });
    await stack.succeed("rollback", "hello", "--yes");
    assert.equal(await stack.servedRelease(HOST), live);
  });

  it("RB-09 SC-15 a way back to a release that is not well any more stays, and says what is wrong with what serves: exit 1", async () => {
    await derivedImage(stack, "5.0.0", SPOILS_PAGE);
    await stack.succeed("deploy", "hello", "5.0.0");
    const standby = await stack.servedRelease(HOST);
    await stack.succeed("deploy", "hello", "1.1.0");
    await spoil(standby);
    const wrong =
      /5\.0\.0 \(release \w+\) serves again, but verification failed: gateway \S+: GET \/ answered 500; look at slipway health-check hello/;
    const run = await onHost(stack, ["rollback", "hello", "--yes"]);
    assert.equal(run.code, 1, run.stdout + run.stderr);
    assert.match(run.stderr, wrong);
    assert.equal(await stack.servedRelease(HOST), standby);
    const [event] = (await events()).slice(-1);
    assert.deepEqual([event?.operation, event?.result, event?.to], ["rollback", "failure", `5.0.0 (${standby})`]);
    assert.match(event?.reason, /verification failed/);
    await stack.succeed("rollback", "hello", "--yes");

    const command = stack.start(["deploy", "hello", "2.0.0"]);
    const spoilt = await newRelease(standby);
    await until("the watch", async () => (await read("watch.json")).release === spoilt);
    await spoil(spoilt);
    const { code, output } = await command.done;
    assert.equal(code, 1, output);
    assert.match(output, wrong);
    assert.equal(await stack.servedRelease(HOST), standby);
  });

  it("SC-15 MT-21 a rollback on the host that fails is an event and a count, too", async () => {
    await stack.succeed("deploy", "hello", "1.1.0");
    const { standby } = await read("record.json");
    const failed = await counted(FAILED_ROLLBACKS);
    for (const { id } of standby.containers) await stack.docker.getContainer(id).remove({ force: true });
    const run = await onHost(stack, ["rollback", "hello", "--yes"]);
    assert.equal(run.code, 1, run.stdout + run.stderr);
    const [event] = (await events()).slice(-1);
    assert.deepEqual([event?.operation, event?.result], ["rollback", "failure"]);
    assert.match(event?.reason, /going back to .* failed: .*no such container/i);
    assert.equal(await counted(FAILED_ROLLBACKS), failed + 1);
    await stack.deployed("--refresh");
  });

  it("RB-01 a watch that passes is over, and nothing is left running", async () => {
    await stack.configure({ deploy: { "*": { ...watch, watchSeconds: 3, holdSeconds: 1 } } });
    const run = await stack.succeed("deploy", "hello", "1.0.0");
    assert.match(run.output, /watching release [0-9a-f]{10} for 3 s/);
    await until("the end of the watch", async () => (await read("watch.json")).state === "passed");
    assert.match(await stack.hostLog(), /the watch over release [0-9a-f]{10} is over: passed/);
  });
});

describe("a first deploy that fails when traffic has gone over", function () {
  this.timeout(120_000);

  it("PU-06 PU-08 keeps the traffic, as there is nothing before it, and the project can be removed", async () => {
    await using stack = await TestStack.create({ projects: onlyHello() });
    await stack.deployed();
    const web = await derivedImage(stack, "4.0.0", FAILS_OUTSIDE);
    await stack.configure({ releases: { hello: { live: { version: "4.0.0", images: { web } } } } });
    const run = await stack.up();
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /verification failed: .*; release \w+ keeps the traffic, as there is none before it/);
    await stack.configure({ releases: {} });
    await stack.declare({ projects: {} });
    await stack.deployed();
    assert.deepEqual(await stack.containers({ "slipway.project": "hello" }), []);
  });
});
