import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EmbeddedEngine } from "./embedded";
import type { EngineEvent } from "./events";
import { ScriptedProgram } from "./fake-stack.fixture";
import { previewStack } from "./run-stack";
import { readProjectFile } from "./stack-file/project-file";
import type { StackStore } from "./stack-store";

describe("a run of a stack", () => {
  it("PU-09 shows no secret of the configuration in a diagnostic", async () => {
    const root = await mkdtemp(join(tmpdir(), "slipway-"));
    try {
      await writeFile(join(root, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
      const environment = { PULUMI_HOME: join(root, "home"), PULUMI_CONFIG_PASSPHRASE: "x" };
      const location = { url: "file://.", folder: root };
      const engine = new EmbeddedEngine(await readProjectFile(join(root, "Pulumi.yaml")), location, environment);
      await engine.createStack("dev");
      await engine.setConfig("dev", "token", "hush-hush", { secret: true });
      const program = new ScriptedProgram(async () => {});
      program.begin = async (_run, _requests, tell) => {
        tell("info#err", "no access with hush-hush");
        await program.end();
      };
      const messages: string[] = [];
      const onEvent = (event: EngineEvent) => event.kind === "diagnostic" && messages.push(event.message);
      const { store } = engine as unknown as { store(name: object): Promise<StackStore> };
      const dev = await store.call(engine, { project: "shop", stack: "dev" });
      await previewStack(dev, "update", { onEvent }, program);
      assert.ok(messages.includes("no access with [secret]"), messages.join());
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
