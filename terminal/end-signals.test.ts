import { strict as assert } from "node:assert";
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
});
