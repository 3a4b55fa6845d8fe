import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, runLogged } from "./run-logged";

describe("a logged command", () => {
  let folder: string;
  let log: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-logged-"));
    log = join(folder, "deep/command.log");
  });
  after(() => rmSync(folder, { recursive: true }));

  it("that fails shows its last lines and where all of them are", async () => {
    const failing = runLogged(["sh", "-c", "seq 1 30; echo wrong >&2; exit 3"], log);
    await assert.rejects(failing, (error: CommandError) => {
      assert.ok(error instanceof CommandError);
      assert.match(error.message, /^sh failed \(exit code 3\)\n {2}\| 12\n/);
      assert.match(error.message, /\n {2}\| wrong\nall of it is in /);
      assert.ok(error.message.endsWith(log));
      return true;
    });
    assert.match(readFileSync(log, "utf8"), /^1\n2\n/);
  });

  it("gives its output as data where that is asked for, and its errors to the log", async () => {
    let data = "";
    await runLogged(["sh", "-c", "printf data; echo note >&2"], log, {
      onStdout: async (stdout) => {
        for await (const part of stdout) data += part;
      },
    });
    assert.equal(data, "data");
    assert.equal(readFileSync(log, "utf8"), "note\n");
  });

  it("is ended when nobody takes its data any more, and why is the error", async () => {
    const refused = runLogged(["sh", "-c", "echo begun; exec cat /dev/zero"], log, {
      onStdout: async (stdout) => {
        for await (const _ of stdout.iterator({ destroyOnReturn: false })) throw new Error("no space left on device");
      },
    });
    await assert.rejects(refused, /^Error: no space left on device$/);
  });

  it("that fails is the error, though its data is refused then, too", async () => {
    const failing = runLogged(["sh", "-c", "echo half; echo broken >&2; exit 3"], log, {
      onStdout: async (stdout) => {
        for await (const _ of stdout);
        throw new Error("unexpected end");
      },
    });
    await assert.rejects(failing, /sh failed \(exit code 3\)\n {2}\| broken/);
  });

  it("that does not exist is named", async () => {
    await assert.rejects(runLogged(["slipway-no-such-program"], log), /slipway-no-such-program/);
  });
});
