import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineMessages } from "../scripts/setup/engine-answer";
import { freePorts } from "./support/free-ports";
import { machineImages, sampleRelease } from "./support/machine-images";
import { onlyHello } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

const HOST = "hello.localhost";
/** Longest that nobody is served while the gateway is replaced, in seconds. */
const LONGEST_GAP = 10;

describe("infrastructure and applications are deployed apart", function () {
  this.timeout(120_000);
  let stack: TestStack;
  let images: Record<string, string>;
  const made: string[] = [];

  before(async () => {
    ({ images } = await machineImages());
    stack = await TestStack.create({ projects: onlyHello() });
    await stack.configure({ deploy: { "*": { watchSeconds: 0 } } });
    await release("1.0.0");
    await stack.deployed();
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    for (const id of made) await stack.docker.getImage(id).remove({ force: true });
  });

  async function release(version: string): Promise<void> {
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", version, stack.registryPort) } } });
  }

  /** The platform's gateway image in another version. */
  async function nextGateway(version: string): Promise<string> {
    const context = await mkdtemp(join(tmpdir(), "slipway-image-"));
    try {
      await writeFile(
        join(context, "Dockerfile"),
        `FROM ${images.gateway}\nLABEL slipway.test=${stack.name}-${version}\n`,
      );
      const tag = `slipway-test-gateway:${stack.name}-${version}`;
      const built = await stack.docker.buildImage({ context, src: ["Dockerfile"] }, { t: tag });
      for await (const _ of engineMessages(built)); // Throws when the build fails.
      made.push(tag);
      return (await stack.docker.getImage(tag).inspect()).Id;
    } finally {
      await rm(context, { recursive: true, force: true });
    }
  }

  const ids = async (project: string) =>
    (await stack.containers({ "slipway.project": project })).map(({ Id }) => Id).sort();

  it("OV-14 OV-05 held, a new gateway waits and the preview says so; an application deploy leaves it alone", async () => {
    const before = await stack.infrastructure();
    await stack.configure({ images: { ...images, gateway: await nextGateway("2") } });
    await release("1.1.0");
    const { stdout } = await stack.succeed("preview");
    const waits = `${stack.name}-gateway: a new image held back; slipway:infrastructure: apply makes the change`;
    assert.ok(stdout.includes(waits), stdout);
    assert.doesNotMatch(stdout, /(postgres|registry): .*held back/);
    await stack.deployed();
    assert.match((await stack.get(HOST)).body, /1\.1\.0/);
    assert.deepEqual(await stack.infrastructure(), before);
  });

  it("OV-14 OV-05 held, another port waits as well: an application deploy asks the gateway where it still is", async () => {
    const { address, port } = stack.gateway;
    const [other = 0] = await freePorts(1);
    await stack.configure({ gateway: { address, port: other } });
    await release("1.0.0");
    const { stdout } = await stack.succeed("preview");
    assert.ok(stdout.includes(`a new image and other ports (${address}:${other}:8080) held back`), stdout);
    await stack.deployed();
    assert.match((await stack.get(HOST)).body, /1\.0\.0/);
    assert.equal((await stack.outputs()).gatewayUrl, `http://${address}:${port}`);
    await stack.configure({ gateway: { address, port } });
    await release("1.1.0");
    await stack.deployed();
  });

  it("OV-14 applied alone, the gateway is replaced and the release's containers stay", async () => {
    const before = { infrastructure: await stack.infrastructure(), hello: await ids("hello") };
    await stack.configure({ infrastructure: "apply" });
    await using load = stack.load(HOST);
    await stack.deployed();
    const { failures } = await load.stop();
    const gap = failures.length === 0 ? 0 : ((failures.at(-1)?.atMs ?? 0) - (failures[0]?.atMs ?? 0)) / 1000;
    const kinds = [...new Set(failures.map(({ what }) => what))].join(", ");
    process.stdout.write(`    replacing the gateway: nobody was served for ${gap.toFixed(2)} s (${kinds})\n`);
    assert.ok(gap < LONGEST_GAP, `${gap} s`);
    const after = await stack.infrastructure();
    assert.notEqual(after.gateway, before.infrastructure.gateway);
    assert.deepEqual({ ...after, gateway: "" }, { ...before.infrastructure, gateway: "" });
    assert.deepEqual(await ids("hello"), before.hello);
    assert.match((await stack.get(HOST)).body, /1\.1\.0/);
  });

  it("OV-14 applied together with a new release, both are there afterwards, and a second run changes nothing", async () => {
    const before = await stack.infrastructure();
    await stack.configure({ images: { ...images, gateway: await nextGateway("3") } });
    await release("1.0.0");
    await stack.deployed();
    assert.notEqual((await stack.infrastructure()).gateway, before.gateway);
    assert.match((await stack.get(HOST)).body, /1\.0\.0/);
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });
});
