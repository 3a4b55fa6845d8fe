import assert from "node:assert/strict";
import { readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { readLedger } from "../host/images/image-ledger";
import { writeIntent } from "../host/intent";
import { type Layout, layout } from "../host/layout";
import { readRecord, writeRecord } from "../host/record";
import type { PreflightRequest } from "../host/requests";
import { derivedImage } from "./support/derived-image";
import { runHost } from "./support/host-command";
import { sampleRelease } from "./support/machine-images";
import { helloLike } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

const HOST = "hello.localhost";
const RELEASE = "0123456789";

describe("checks before a deploy", function () {
  this.timeout(120_000);
  let stack: TestStack;
  let place: Layout;
  let wanted: PreflightRequest;

  before(async () => {
    const hello = { ...helloLike("hello"), database: "shared" };
    stack = await TestStack.create({ projects: { projects: { hello } } });
    await stack.configure({
      deploy: { "*": { watchSeconds: 0, freeGB: 0 } },
      releases: { hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) } },
    });
    await stack.deployed();
    const image = await derivedImage(stack, "cache", {});
    const cache = { image, port: 8080, health: { path: "/healthz" } };
    await stack.declare({ projects: { hello: { ...hello, accessories: { cache } } } });
    await stack.deployed();
    place = layout(join(stack.folder, ".slipway"));
    const { live } = await readRecord(place, "hello");
    wanted = {
      project: "hello",
      release: RELEASE,
      version: "1.1.0",
      gateway: { container: `slipway-${stack.name}-gateway`, ...stack.gateway },
      site: await readFile(join(place.gateway, "current/sites/hello.conf"), "utf8"),
      routes: live?.routes ?? { upstreams: "", locations: "" },
      freeGB: 0,
      cpus: { web: 1 },
      images: { web: `registry.test/hello@sha256:${"0".repeat(64)}` },
    };
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const check = (change: Partial<PreflightRequest> = {}) => runHost(stack, "preflight", { ...wanted, ...change });
  const generation = () => readlink(join(place.gateway, "current"));
  const container = (service: string) => stack.docker.getContainer(`slipway-${stack.name}-${service}`);
  const intend = (what: { force?: boolean; skipBackup?: boolean }) =>
    writeIntent(place, {
      project: "hello",
      release: RELEASE,
      operation: "deploy",
      force: false,
      skipBackup: false,
      by: "test",
      gitSha: "",
      run: "20260304-050607-9f3a1c",
      at: new Date().toISOString(),
      ...what,
    });

  async function refusal(change: Partial<PreflightRequest> = {}): Promise<string> {
    const { code, log } = await check(change);
    assert.equal(code, 1, log);
    return log.slice(log.indexOf("ERROR: "));
  }

  it("MT-05 OV-13 says of each check that it passed", async () => {
    const { log, result } = await check();
    assert.deepEqual(result, { project: "hello", passed: [] });
    const { used } = await readLedger(place, "hello");
    assert.ok(used.some(({ reference }) => reference === wanted.images.web));
    for (const line of [
      /^INFO: hello: [\d.]+ GB free at \//m,
      /^INFO: hello: the gateway is healthy and accepts the new configuration$/m,
      /^INFO: hello: Postgres is healthy$/m,
      /^INFO: hello: accessory cache is healthy$/m,
      /^INFO: hello: nothing speaks against release 0123456789$/m,
    ]) {
      assert.match(log, line);
    }
  });

  it("MT-05 of the release that serves there is one line and nothing else", async () => {
    const { live } = await readRecord(place, "hello");
    const { code, log } = await check({ release: live?.release ?? "" });
    assert.equal(code, 0);
    assert.equal(log.trim(), `INFO: hello: release ${live?.release} serves already, nothing to check`);
  });

  it("MT-05 fault 30 a configuration that nginx refuses is never passed, and changes nothing", async () => {
    const routes = { ...wanted.routes, locations: "location / { proxy_pass http://nobody; } }" };
    const before = await generation();
    await intend({ force: true, skipBackup: true });
    const message = await refusal({ routes });
    assert.match(message, /the gateway refuses the new configuration: .*unexpected "}" .*\(has to be mended\)/);
    assert.equal(await generation(), before);
    assert.equal((await check()).code, 0);
  });

  it("MT-05 OV-13 all that speaks against a deploy is said at once; the same deploy goes on with --force", async () => {
    await intend({});
    await Promise.all([container("postgres").stop(), container("hello-cache").stop()]);
    try {
      const message = await refusal({ freeGB: 900_000 });
      assert.match(
        message,
        /^ERROR: hello: 3 checks before the deploy of release 0123456789 failed; nothing was changed, /,
      );
      assert.match(message, /release \w{10} \(1\.0\.0\) still serves$/m);
      assert.match(message, /^ {2}- only [\d.]+ GB free at .*, a deploy needs 900000 GB \(deploy\.freeGB\) \(--force/m);
      assert.match(message, /^ {2}- Postgres: container postgres ended with exit code 0 \(--force/m);
      assert.match(message, /^ {2}- accessory cache: container cache ended with exit code 0 \(--force/m);
      await intend({ force: true });
      const { code, log } = await check({ freeGB: 900_000 });
      assert.equal(code, 0, log);
      assert.equal(log.match(/^WARN: /gm)?.length, 3, log);
      assert.match(log, /WARN: hello: Postgres: .*; going on because of --force/);
    } finally {
      await Promise.all([container("postgres").start(), container("hello-cache").start()]);
    }
  });

  it("MT-05 a container that wants more processors than the host has is never passed, and named", async () => {
    const { NCPU } = (await stack.docker.info()) as { NCPU: number };
    await intend({ force: true });
    const message = await refusal({ cpus: { web: NCPU + 0.5, mailer: NCPU } });
    const text = `container web wants ${NCPU + 0.5} processors (limits.cpus in projects.yml), and this host has ${NCPU}`;
    assert.ok(message.includes(`\n  - ${text} (has to be mended)`), message);
    assert.match(message, /one check before the deploy/);
  });

  it("MT-05 an `up` ends at a failed check: nothing pulled, nothing started, the old release serves", async () => {
    const before = await stack.containers({ "slipway.project": "hello" });
    const served = await stack.servedRelease(HOST);
    await stack.configure({
      deploy: { "*": { watchSeconds: 0, freeGB: 900_000 } },
      releases: { hello: { live: await sampleRelease("hello", "1.1.0", stack.registryPort) } },
    });
    const run = await stack.up();
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /hello: one check before the deploy of release \w{10} failed; nothing was changed/);
    assert.equal(await stack.servedRelease(HOST), served);
    const ids = (all: typeof before) => all.map(({ Id }) => Id).sort();
    assert.deepEqual(ids(await stack.containers({ "slipway.project": "hello" })), ids(before));
    await stack.configure({ deploy: { "*": { watchSeconds: 0, freeGB: 0 } } });
    await stack.deployed();
    assert.notEqual(await stack.servedRelease(HOST), served);
  });

  it("MT-05 the standby is not asked for its processors: its containers are there", async () => {
    const { NCPU } = (await stack.docker.info()) as { NCPU: number };
    const record = await readRecord(place, "hello");
    await intend({});
    assert.ok(record.live);
    await writeRecord(place, "hello", { ...record, standby: { ...record.live, release: RELEASE } });
    try {
      const { code, log } = await check({ cpus: { web: NCPU + 1 } });
      assert.equal(code, 0, log);
    } finally {
      await writeRecord(place, "hello", record);
    }
  });

  it("MT-05 a gateway that does not run cannot test anything, so nobody passes that", async () => {
    await container("gateway").stop();
    try {
      await intend({ force: true });
      assert.match(await refusal(), /the gateway: container gateway ended with exit code 0 \(has to be mended\)/);
    } finally {
      await container("gateway").start();
    }
  });
});
