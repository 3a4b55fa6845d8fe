import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../host/docker";
import type { ProjectDescription } from "../host/requests";
import { derivedImage } from "./support/derived-image";
import { sampleRelease } from "./support/machine-images";
import { helloLike } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

const HOST = "hello.localhost";
const STORE = { run: "install -d -o www-data /srv/store" };

describe("accessories", function () {
  this.timeout(120_000);
  let stack: TestStack;
  let image: string;

  before(async () => {
    stack = await TestStack.create({ projects: { projects: { hello: helloLike("hello") } } });
    await stack.configure({
      deploy: { "*": { watchSeconds: 0 } },
      variables: { hello: { STORE_PASSWORD: "hush", OF_THE_PROJECT: "alone" } },
    });
    await release("1.0.0");
    image = await derivedImage(stack, "store", STORE);
    await declare({});
    await stack.deployed();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  async function release(version: string): Promise<void> {
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", version, stack.registryPort) } } });
    await stack.deployed();
  }

  function declare(change: object): Promise<void> {
    const store = {
      image,
      port: 8080,
      health: { path: "/healthz", deadlineSeconds: 5 },
      volumes: { objects: "/srv/store" },
      limits: { pids: 40 },
      variables: { SIZE: "small" },
      projectVariables: ["STORE_PASSWORD"],
      ...change,
    };
    return stack.declare({ projects: { hello: { ...helloLike("hello"), accessories: { store } } } });
  }

  async function store() {
    const containers = await stack.containers({ "slipway.project": "hello", "slipway.service": "store" });
    assert.equal(containers.length, 1);
    return stack.docker.getContainer(containers[0]?.Id as string).inspect();
  }

  it("MT-24 answers by its name in the project's network, and gets the variables that it names, and limits", async () => {
    const { Name, Config, HostConfig } = await store();
    assert.equal(Name, `/slipway-${stack.name}-hello-store`);
    const own = Config.Env.filter((line) => /^(SIZE|STORE_PASSWORD|OF_THE_PROJECT)=/.test(line));
    assert.deepEqual(own.sort(), ["SIZE=small", "STORE_PASSWORD=hush"]);
    const { PidsLimit, CapDrop, ReadonlyRootfs, SecurityOpt } = HostConfig;
    assert.deepEqual(
      { PidsLimit, CapDrop, ReadonlyRootfs, SecurityOpt },
      { PidsLimit: 40, CapDrop: ["ALL"], ReadonlyRootfs: true, SecurityOpt: ["no-new-privileges:true"] },
    );
    const [web] = await stack.containers({ "slipway.project": "hello", "slipway.service": "web" });
    const asked = await exec(web?.Id as string, ["bash", "-c", "exec 3<>/dev/tcp/store/8080"]);
    assert.equal(asked.exitCode, 0, asked.stderr);
  });

  it("MT-24 OV-05 OV-13 a deploy and the way back leave its container and its data alone", async () => {
    const before = await store();
    await exec(before.Id, ["bash", "-c", "echo kept > /srv/store/file"]);
    for (const version of ["1.1.0", "1.0.0"]) {
      await release(version);
      assert.equal((await store()).Id, before.Id, version);
      assert.match((await stack.get(HOST)).body, new RegExp(version.replaceAll(".", "\\.")));
    }
    assert.equal((await exec(before.Id, ["cat", "/srv/store/file"])).stdout, "kept\n");
  });

  it("MT-24 the host is told of it, for its health checks and backups", async () => {
    const path = ".slipway/var/lib/slipway/projects/hello/description.json";
    const text = await readFile(join(stack.folder, path), "utf8");
    const { accessories, volumes, backup } = JSON.parse(text) as ProjectDescription;
    assert.deepEqual(
      accessories.map(({ service, name, port, health }) => [service, name, port, health.path]),
      [["store", `slipway-${stack.name}-hello-store`, 8080, "/healthz"]],
    );
    assert.deepEqual(volumes, { objects: `slipway-${stack.name}-hello-objects` });
    assert.deepEqual(backup.volumes, ["objects"]);
    assert.ok(!text.includes("hush"), text);
  });

  it("MT-24 its own declaration replaces its container and keeps its data; the release stays", async () => {
    const before = await store();
    const served = await stack.servedRelease(HOST);
    await declare({ variables: { SIZE: "large" } });
    await stack.deployed();
    const after = await store();
    assert.notEqual(after.Id, before.Id);
    assert.ok(after.Config.Env.includes("SIZE=large"));
    assert.equal(after.HostConfig.PidsLimit, 40);
    assert.equal((await exec(after.Id, ["cat", "/srv/store/file"])).stdout, "kept\n");
    assert.equal(await stack.servedRelease(HOST), served);
  });

  it("MT-24 a changed place in memory or health check, which Docker changes of no container, makes a new one", async () => {
    const before = await store();
    await declare({ tmpfs: ["/scratch"] });
    await stack.deployed();
    const roomy = await store();
    assert.notEqual(roomy.Id, before.Id);
    assert.ok("/scratch" in (roomy.HostConfig.Tmpfs ?? {}), JSON.stringify(roomy.HostConfig.Tmpfs));
    await declare({ tmpfs: ["/scratch"], health: { command: ["test", "-d", "/scratch"], deadlineSeconds: 5 } });
    await stack.deployed();
    const checked = await store();
    assert.notEqual(checked.Id, roomy.Id);
    assert.deepEqual(checked.Config.Healthcheck?.Test, ["CMD", "test", "-d", "/scratch"]);
    assert.equal((await exec(checked.Id, ["cat", "/srv/store/file"])).stdout, "kept\n");
  });

  it("MT-24 one that is not healthy fails the run before any release is touched, with its last log lines", async () => {
    const served = await stack.servedRelease(HOST);
    await declare({ command: ["bash", "-c", "echo out of harbours; exit 7"], variables: { SIZE: "none" } });
    const { images } = await sampleRelease("hello", "1.1.0", stack.registryPort);
    await stack.configure({ releases: { hello: { live: { version: "1.1.0", images } } } });
    const run = await stack.up();
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /\| out of harbours/);
    assert.match(run.output, /hello: accessory store: container store ended with exit code 7; no release was touched/);
    assert.equal(await stack.servedRelease(HOST), served);
    assert.equal((await stack.containers({ "slipway.project": "hello", "slipway.service": "web" })).length, 1);
  });
});
