import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** Says what becomes of it to its parent; what it writes goes to a reader that leaves. */
const PROGRAM = `
  require("ts-node/register/transpile-only");
  const { listenForInterrupts, stopped } = require(${JSON.stringify(require.resolve("./interruption"))});
  listenForInterrupts(() => undefined);
  setInterval(() => process.stdout.write("busy\\n"), 10);
  stopped.addEventListener("abort", () => {
    process.send("stopped");
    setTimeout(() => process.exit(0), 2000);
  });`;

describe("a wish for the end", function () {
  this.timeout(20_000);

  /** A process whose reader has left, which it has noticed. */
  async function abandoned(): Promise<ChildProcess> {
    const child = spawn(process.execPath, ["-e", PROGRAM], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
    child.stdout?.once("data", () => child.stdout?.destroy());
    await once(child, "message");
    return child;
  }

  it("SC-09 that a closed terminal tells twice, by what is written to it and by its signal, is one: it tidies up", async () => {
    const child = await abandoned();
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });

  it("that comes again ends it at once", async () => {
    const child = await abandoned();
    child.kill("SIGTERM");
    await new Promise((done) => setTimeout(done, 300));
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [130, null]);
  });
});
