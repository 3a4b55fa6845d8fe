import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runHost } from "./support/host-command";
import { sampleRelease } from "./support/machine-images";
import { onlyHello } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";
import { until } from "./support/until";

const HOST = "hello.localhost";

describe("drift is found and mended", function () {
  this.timeout(90_000);
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create({ projects: onlyHello() });
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) } } });
    await stack.deployed();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const settled = () => stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  const gatewayFile = (path: string) => join(stack.folder, ".slipway/var/lib/slipway/gateway/current", path);

  it("PU-10 a release's container removed by hand: `preview --refresh` shows it, `up --refresh` starts it again", async () => {
    const release = await stack.servedRelease(HOST);
    const [web] = await stack.containers({ "slipway.project": "hello" });
    await stack.docker.getContainer(web?.Id as string).remove({ force: true });
    const preview = await stack.succeed("preview", "--refresh");
    assert.match(preview.stdout, /docker:\w*:?Container hello-web-[0-9a-f]{10}/);
    assert.equal((await stack.containers({ "slipway.project": "hello" })).length, 0, "the preview changed something");
    await stack.deployed("--refresh");
    assert.equal(await stack.servedRelease(HOST), release);
    await settled();
  });

  it("PU-10 the same with `refresh` and a plain `up`", async () => {
    const [web] = await stack.containers({ "slipway.project": "hello" });
    await stack.docker.getContainer(web?.Id as string).remove({ force: true });
    const refresh = await stack.succeed("refresh", "--yes", "--skip-preview");
    assert.match(refresh.stdout, /hello-web-[0-9a-f]{10}/);
    await stack.deployed();
    assert.notEqual(await stack.servedRelease(HOST), "");
    await settled();
  });

  it("PU-10 MT-11 routes edited by hand: a preview shows the rollout, `up` writes them anew", async () => {
    const file = gatewayFile("routes/hello/locations.conf");
    const before = await readFile(file, "utf8");
    await writeFile(file, before.replace("location / {", "location / {\n  return 410;"));
    const preview = await stack.succeed("preview");
    assert.match(preview.stdout, /hello-rollout/);
    await stack.deployed();
    assert.equal(await readFile(gatewayFile("routes/hello/locations.conf"), "utf8"), before);
    assert.equal((await stack.get(HOST)).status, 200);
    await settled();
  });

  for (const [what, path] of [
    ["a project's own gateway file", "sites/hello.conf"],
    ["nginx.conf", "nginx.conf"],
  ] as const) {
    it(`PU-10 ${what} edited by hand: a preview shows it, \`up\` writes it anew`, async () => {
      const before = await readFile(gatewayFile(path), "utf8");
      await writeFile(gatewayFile(path), `${before}# by hand\n`);
      await stack.succeed("preview").then(({ stdout }) => assert.match(stdout, /~ |\+- |1 to (update|replace)/));
      await stack.deployed();
      assert.equal(await readFile(gatewayFile(path), "utf8"), before);
      await settled();
    });
  }

  it("PU-10 the gateway's container removed by hand: `up --refresh` starts it again, and traffic is back", async () => {
    const release = await stack.servedRelease(HOST);
    const { gateway } = await stack.infrastructure();
    await stack.docker.getContainer(gateway as string).remove({ force: true });
    await stack.deployed("--refresh");
    await until("traffic to be back", async () => (await stack.servedRelease(HOST)) === release, 10);
    assert.equal((await stack.get("nobody.localhost")).status, 404);
    await settled();
  });

  it("PU-10 the gateway's container stopped by hand: what makes it ready starts it", async () => {
    const release = await stack.servedRelease(HOST);
    const { gateway: id } = await stack.infrastructure();
    await stack.docker.getContainer(id as string).stop({ t: 1 });
    const { code, log } = await runHost(stack, "gateway-ready", { id, aliases: [] });
    assert.equal(code, 0, log);
    await until("traffic to be back", async () => (await stack.servedRelease(HOST)) === release, 10);
  });

  it("MT-02 the gateway dies after a switch: Docker starts it again, as it does with its machine", async () => {
    const before = await stack.servedRelease(HOST);
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", "1.1.0", stack.registryPort) } } });
    await stack.deployed();
    const release = await stack.servedRelease(HOST);
    assert.notEqual(release, before);
    const { gateway } = await stack.infrastructure();
    const { State } = await stack.docker.getContainer(gateway as string).inspect();
    process.kill(State.Pid, "SIGKILL");
    const restarted = async () => (await stack.docker.getContainer(gateway as string).inspect()).State;
    await until("Docker to start it again", async () => ![0, State.Pid].includes((await restarted()).Pid), 20);
    await until("traffic to be back", async () => (await stack.servedRelease(HOST)) === release, 20);
  });

  it("OV-05 a release's container that was restarted is found again by the gateway on its own", async () => {
    const [web] = await stack.containers({ "slipway.project": "hello" });
    await stack.docker.getContainer(web?.Id as string).restart({ t: 1 });
    await until("its answer", async () => (await stack.get(HOST)).status === 200, 10);
    await settled();
  });
});
