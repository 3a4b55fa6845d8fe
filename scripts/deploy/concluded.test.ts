import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

describe("a command that is ended before its first change", function () {
  this.timeout(20_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-concluded-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("SC-03 tells programs so, and ends with 130", () => {
    const program = join(folder, "program.cjs");
    writeFileSync(
      program,
      `require(${JSON.stringify(require.resolve("ts-node/register/transpile-only"))});
      const { concluded } = require(${JSON.stringify(join(__dirname, "concluded"))});
      const { Log } = require(${JSON.stringify(join(__dirname, "../../host/log"))});
      const place = { log: ${JSON.stringify(join(folder, "deploy.log"))} };
      const log = new Log(place.log, { informationTo: "stderr" });
      concluded({ log, json: true, stack: "staging", place }, "deploy", () => new Promise((done) => {
        setTimeout(done, 5000, 1);
        process.emit("SIGINT", "SIGINT");
      }));`,
    );
    const { status, stdout, stderr } = spawnSync(process.execPath, [program], { encoding: "utf8" });
    assert.deepEqual([status, stdout], [130, ""]);
    const { code, message } = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "").error;
    assert.deepEqual([code, message], ["slipway.interrupted", "^C received; nothing was changed"]);
  });
});
