import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";

describe("a file behind stdout or stderr that is full", () => {
  for (const stream of ["stdout", "stderr"] as const) {
    it(`does not end a process that writes to ${stream}, nor tell it that nobody listens`, () => {
      const program = `
        const { outliveReaders } = require("./readers");
        outliveReaders(() => process.exit(2));
        process.${stream}.write("lost\\n");
        setTimeout(() => {
          process.${stream}.write("lost, too\\n");
          process.exitCode = 7;
        }, 50);
      `;
      const full = openSync("/dev/full", "w");
      try {
        const { status } = spawnSync(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", program], {
          cwd: __dirname,
          stdio: ["ignore", ...(["stdout", "stderr"] as const).map((name) => (name === stream ? full : "ignore"))],
        });
        assert.equal(status, 7);
      } finally {
        closeSync(full);
      }
    });
  }
});
