import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { onEndSignals, signalName } from "./end-signals";

describe("signals that end a command", () => {
  const pause = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

  it("are heard until nobody listens, each once, though its terminal and its parent send it", async () => {
    const heard: string[] = [];
    const keep = () => undefined; // Else the last one would end this process.
    process.on("SIGINT", keep).on("SIGTERM", keep);
    try {
      {
        using _listening = onEndSignals((signal) => heard.push(signalName(signal)));
        for (const signal of ["SIGINT", "SIGINT", "SIGTERM"] as const) {
          process.kill(process.pid, signal);
          await pause(10);
        }
        assert.deepEqual(heard, ["^C", "SIGTERM"]);
        await pause(120);
        process.kill(process.pid, "SIGINT");
        await pause(10);
      }
      process.kill(process.pid, "SIGTERM");
      await pause(120);
      assert.deepEqual(heard, ["^C", "SIGTERM", "^C"]);
    } finally {
      process.off("SIGINT", keep).off("SIGTERM", keep);
    }
  });

  it("are none where a terminal hangs up that is not this process' own, as with nohup", () => {
    const program = `
      const { onEndSignals } = require("./end-signals");
      onEndSignals((signal) => console.log(signal));
      process.kill(process.pid, "SIGHUP");
      setTimeout(() => process.exit(0), 100);
    `;
    const args = ["-r", "ts-node/register/transpile-only", "-e", program];
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: __dirname, encoding: "utf8" });
    assert.deepEqual([status, stdout], [0, ""]);
  });
});
