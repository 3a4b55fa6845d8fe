import assert from "node:assert/strict";
import type { Engine } from "../../engine";
import { pulumiOnPath } from "../../engine/cli/open-engine";
import { EmbeddedEngine } from "../../engine/embedded";
import { OfficialEngine } from "../../engine/official";
import { secret } from "../../engine/property-value";
import { readProjectFile } from "../../engine/stack-file/project-file";
import { StackNotFoundError } from "../../engine/state/file-backend";
import { SmallProject } from "./small-project";

describe("Pulumi's own CLI as the engine", function () {
  this.timeout(180_000);
  let project: SmallProject;
  let official: Engine;
  let embedded: Engine;
  const environment = { ...process.env };

  before(async function () {
    if (!pulumiOnPath(process.env)) {
      console.log("      skipped: there is no `pulumi` on the PATH");
      this.skip();
    }
    project = new SmallProject("official");
    Object.assign(process.env, project.environment);
    const file = await readProjectFile(`${project.root}/Pulumi.yaml`);
    official = await OfficialEngine.open(file, process.env);
    const url = project.environment.PULUMI_BACKEND_URL as string;
    embedded = new EmbeddedEngine(file, { url, folder: url.slice("file://".length) }, process.env);
  });
  after(() => {
    process.env = environment;
    project?.[Symbol.dispose]();
  });

  it("PU-02 makes, lists and selects stacks, which the embedded engine sees too", async () => {
    assert.match(official.description, /^Pulumi CLI v3\./);
    await official.createStack("dev");
    assert.equal(await official.selectedStack(), "dev");
    assert.equal(await embedded.selectedStack(), "dev");
    assert.deepEqual(
      (await official.stacks()).map(({ name }) => name),
      ["dev"],
    );
    await assert.rejects(official.outputs("nope", false));
    await assert.rejects(official.preview("nope", {}), StackNotFoundError);
  });

  it("PU-03 PU-09 configures and deploys; the embedded engine finds nothing to change", async () => {
    await official.setConfig("dev", "token", "hush", { secret: true });
    assert.deepEqual(await embedded.getConfig("dev", "token", {}), { value: "hush", secret: true });
    const planned = await official.preview("dev", {});
    assert.deepEqual(planned.changes, { create: 1 });
    assert.equal((await official.up("dev", { message: "first" })).result, "succeeded");
    assert.deepEqual(await official.outputs("dev", true), { word: "one", token: secret("hush") });
    assert.deepEqual((await embedded.preview("dev", {})).changes, { same: 1 });
  });

  it("PU-04 carries on where the embedded engine stopped, and has its history", async () => {
    project.program("two");
    assert.equal((await embedded.up("dev", { message: "second" })).result, "succeeded");
    assert.deepEqual((await official.preview("dev", {})).changes, { same: 1 });
    assert.deepEqual(
      (await official.history("dev", false)).map(({ message }) => message),
      ["second", "first"],
    );
  });

  it("PU-08 destroys and removes", async () => {
    assert.equal((await official.destroy("dev", {})).result, "succeeded");
    await official.removeStack("dev", {});
    assert.deepEqual(await official.stacks(), []);
  });
});
