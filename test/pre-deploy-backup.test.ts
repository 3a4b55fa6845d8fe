import assert from "node:assert/strict";
import { join } from "node:path";
import { readIndex } from "../host/backup/backup-index";
import { layout } from "../host/layout";
import { sampleRelease } from "./support/machine-images";
import { helloLike } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

describe("the backup before a deploy", function () {
  this.timeout(120_000);
  let stack: TestStack;
  const deploy = async (version: string) => {
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", version, stack.registryPort) } } });
    return stack.deployed();
  };
  const listed = async () => (await readIndex(layout(join(stack.folder, ".slipway")), "hello")).backups;

  before(async () => {
    const hello = { ...helloLike("hello", { volumes: { files: "/srv/files" } }), database: "shared" };
    stack = await TestStack.create({
      projects: { projects: { hello } },
      config: { deploy: { "*": { watchSeconds: 0 } } },
    });
  });
  after(() => stack?.[Symbol.asyncDispose]());

  it("MT-06 PU-03 is part of `up`, of database, volumes and configuration, with the release that served", async () => {
    await deploy("1.0.0");
    const { output } = await deploy("1.1.0");
    const [first, second] = await listed();
    assert.match(output, /Backup created: .*database\.dump\.zst/);
    assert.deepEqual([first?.backup_type, first?.version, first?.verified], ["pre_deployment", "", true]);
    assert.deepEqual([second?.version, second?.volumes, second?.database?.rows], ["1.0.0", ["files"], {}]);
    assert.deepEqual(
      second?.files.map(({ name }) => name),
      [
        "database.dump.zst",
        "volume-files.tar.zst",
        ...["site.conf", "locations.conf", "upstreams.conf", "record.json", "description.json"].map(
          (name) => `configuration/${name}`,
        ),
      ],
    );
  });

  it("PU-07 is not made by an `up` that deploys nothing", async () => {
    const before = await listed();
    await stack.deployed();
    assert.deepEqual(await listed(), before);
  });
});
