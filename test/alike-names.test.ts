import assert from "node:assert/strict";
import { dumpLogin } from "../host/backup/dump-role";
import { ensureDatabase, removeDatabase } from "../host/database";
import { deploymentStatus } from "../host/deployment-status";
import { createFresh, databasesBeside } from "../host/restore/fresh-database";
import { DataHost } from "./support/data-host";
import { sampleRelease } from "./support/machine-images";
import { alikeNamed, helloLike } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

/** The container `web` of `hello` and everything of `hello-web` have names that begin alike. */
describe("projects whose names begin alike", function () {
  this.timeout(180_000);
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create({ projects: alikeNamed() });
    const live = await sampleRelease("hello", "1.0.0", stack.registryPort);
    await stack.configure({ releases: { hello: { live }, "hello-web": { live: structuredClone(live) } } });
    await stack.deployed();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const idsOf = async (project: string) =>
    (await stack.containers({ "slipway.project": project })).map(({ Id }) => Id).sort();

  for (const [project, other] of [
    ["hello", "hello-web"],
    ["hello-web", "hello"],
  ] as const) {
    it(`MT-22 ${project} is deployed, rolled back and cleaned up, and ${other} stays as it is`, async () => {
      const before = await idsOf(other);
      const first = await stack.servedRelease(`${project}.localhost`);
      await stack.succeed("deploy", project, "1.1.0");
      assert.notEqual(await stack.servedRelease(`${project}.localhost`), first);
      assert.equal((await idsOf(project)).length, 2);
      await stack.succeed("rollback", project, "--yes");
      assert.equal(await stack.servedRelease(`${project}.localhost`), first);
      assert.deepEqual(await idsOf(other), before);
    });
  }

  it("PU-07 an `up` after it changes nothing", async () => {
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("MT-22 a project that is removed takes nothing of the other along", async () => {
    const before = await idsOf("hello-web");
    await stack.declare({ projects: { "hello-web": helloLike("hello-web") } });
    const live = await sampleRelease("hello", "1.0.0", stack.registryPort);
    await stack.configure({ releases: { "hello-web": { live } } });
    await stack.deployed();
    assert.deepEqual(await idsOf("hello"), []);
    assert.ok((await idsOf("hello-web")).some((id) => before.includes(id)));
    assert.equal((await stack.get("hello-web.localhost")).status, 200);
  });

  // nginx answers a domain that two sites have by the one whose name comes first.
  for (const name of ["greeter", "zeta"]) {
    it(`MT-04 MT-12 its domain comes over to a project called ${name} with its first release, without a failed request`, async () => {
      const domain = "hello-web.localhost";
      const live = await sampleRelease("hello", "1.1.0", stack.registryPort);
      await stack.declare({ projects: { [name]: { ...helloLike(name), domains: { local: [domain] } } } });
      await stack.configure({ releases: { [name]: { live } } });
      await using load = stack.load(domain);
      await stack.deployed();
      assert.deepEqual((await load.stop()).failures, []);
      const served = await stack.servedRelease(domain);
      const labels = { "slipway.project": name, "slipway.release": served };
      assert.equal((await stack.containers(labels)).length, 1);
      await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    });
  }
});

describe("databases of projects whose names begin alike", function () {
  this.timeout(120_000);
  let host: DataHost;

  before(async () => {
    host = await DataHost.create();
  });
  after(() => host?.[Symbol.asyncDispose]());

  async function ensure(database: string): Promise<void> {
    const { postgres } = host;
    const wanted = { project: database, postgres, database, role: database, password: "p", deleteData: false };
    await ensureDatabase(host.log, wanted);
  }

  it("MT-22 each has its own and those that are kept beside it", async () => {
    await ensure("shop_api");
    const kept = await createFresh(host.postgres, "shop", "before", new Date(0));
    await createFresh(host.postgres, "shop_api", "before", new Date(0));
    const { databases } = (await deploymentStatus(host.layout, "shop")).kept;
    assert.deepEqual(
      databases.map(({ name }) => name),
      ["shop", kept],
    );
  });

  it("MT-17 so has one whose name is a word of SQL", async () => {
    await ensure("user");
    const made = await createFresh(host.postgres, "user", "before", new Date(0));
    assert.deepEqual(await databasesBeside(host.postgres, "user", ["before"]), [made]);
  });

  it("PU-08 what a project is to lose goes with what restores kept of it, and nothing of the other's", async () => {
    const { postgres } = host;
    await dumpLogin({ postgres, role: "shop", database: "shop" }); // As a backup does.
    const wanted = { project: "shop", postgres, database: "shop", role: "shop", password: "p", deleteData: true };
    assert.deepEqual(await removeDatabase(host.layout, host.log, wanted), { kept: false });
    const found = await host.admin(
      "SELECT datname FROM pg_database WHERE datname LIKE 'shop%' UNION SELECT rolname FROM pg_roles WHERE rolname LIKE 'shop%'",
      "ORDER BY 1;",
    );
    assert.match(found, /^shop_api\nshop_api_before_\d{8}_\d{6}$/);
  });
});
