import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FakeStack, type Script } from "./fake-stack.fixture";
import { type PackageRegistry, Providers } from "./providers";
import { providers as packages } from "./providers/index";

const registry = {
  load: async () => ({ checkConfig: (inputs: object) => ({ inputs }) }),
} as unknown as PackageRegistry;
const providers = new Providers(registry, { directory: __dirname, terminate: new AbortController().signal });

describe("a provider's configuration", () => {
  it("is the same where only the official plugin's own notes are gone", async () => {
    const recorded = { host: "h", __internal: {}, "__pulumi-go-provider-version": "1.2.1" };
    assert.deepEqual((await providers.diffConfig("command", recorded, { host: "h" })).changes, "none");
  });

  it("differs by any other key", async () => {
    const { changes, diffs } = await providers.diffConfig("command", { host: "h" }, { host: "other" });
    assert.deepEqual({ changes, diffs }, { changes: "some", diffs: ["host"] });
  });
});

describe("a relative path of a resource", () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "slipway-folder-")));
    mkdirSync(join(root, "app"));
    writeFileSync(join(root, "app/index.ts"), "");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const marks: Script = async (program) => {
    const inputs = { create: "pwd", delete: "touch left" };
    await program.register({ type: "command:local:Command", name: "marks", inputs });
  };
  const project = (main?: string) => ({ name: "test", root, main, runtimeOptions: {} });

  for (const [main, folder] of [
    [undefined, "."],
    ["app/", "app"],
    ["app/index.ts", "app"],
  ]) {
    it(`starts in the program's folder, wherever the run was started, with main ${main}`, async () => {
      const stack = new FakeStack();
      await stack.up(marks, { project: project(main), packages: packages() });
      assert.equal(stack.resource("marks")?.outputs?.stdout, join(root, folder ?? ""));
    });
  }

  it("starts there on a destroy, too, and in the project's folder where the program is gone", async () => {
    for (const [main, folder] of [
      ["app/", "app"],
      ["gone/", "."],
    ] as const) {
      const stack = new FakeStack();
      await stack.up(marks, { project: project("app/"), packages: packages() });
      const { result } = await stack.run({ kind: "destroy", project: project(main), packages: packages() });
      assert.equal(result, "succeeded");
      assert.equal(existsSync(join(root, folder, "left")), true);
    }
  });
});
