import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { COMMAND_LINE, SmallProject } from "./small-project";

describe("--json of the engine's commands", function () {
  this.timeout(60_000);
  let project: SmallProject;

  before(() => {
    project = new SmallProject("embedded");
  });
  after(() => project?.[Symbol.dispose]());

  function json(line: string) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND_LINE, ...line.split(" "), "--json"], {
      cwd: project.root,
      env: project.environment,
      encoding: "utf8",
    });
    assert.equal(status, 0, `${line}\n${stderr}`);
    return JSON.parse(stdout);
  }
  const done = (facts: object) => ({ schemaVersion: 1, result: "succeeded", ...facts });

  it("a command that changes something says on stdout that it did, and nothing else", () => {
    assert.deepEqual(json("stack init dev"), done({ stack: "dev" }));
    assert.deepEqual(json("stack select dev"), done({ stack: "dev" }));
    assert.deepEqual(json("config set --secret token hush"), done({ stack: "dev", key: "token" }));
    assert.deepEqual(json("stack export --file dev.json"), done({ file: "dev.json" }));
    assert.deepEqual(json("stack import --file dev.json"), done({ stack: "dev", warnings: [] }));
    assert.deepEqual(json("cancel --yes"), done({ stack: "dev" }));
  });

  it("a command that shows something has a document of it; a secret is in none", () => {
    const { schemaVersion, stack, resources, outputs } = json("stack");
    assert.deepEqual([schemaVersion, stack, resources, outputs], [1, "dev", [], {}]);
    assert.match(json("version").version, /^v?\d+\.\d+\.\d+/);
    assert.deepEqual(json("config"), { "small:token": { secret: true } });
    assert.equal(json("stack ls")[0].name, "dev");
    assert.deepEqual(json("stack history"), []);
    assert.deepEqual(json("stack output"), {});
  });

  it("so do those that remove", () => {
    assert.deepEqual(json("config rm token"), done({ stack: "dev", key: "token" }));
    assert.deepEqual(json("stack rm dev --yes"), done({ stack: "dev" }));
  });
});
