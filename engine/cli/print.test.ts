import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";

describe("what a command prints", () => {
  it("fails it where there is no room for it", () => {
    const program = `
      require("../../terminal/readers").outliveReaders();
      require("./print").print("a state\\n");
    `;
    const full = openSync("/dev/full", "w");
    try {
      const { status, stderr } = spawnSync(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", program], {
        cwd: __dirname,
        stdio: ["ignore", full, "pipe"],
        encoding: "utf8",
      });
      assert.deepEqual(
        [status, stderr],
        [1, "error: not all of it could be printed: ENOSPC: no space left on device, write\n"],
      );
    } finally {
      closeSync(full);
    }
  });
});
