import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

const REPOSITORY = resolve(__dirname, "..");

describe("the command that tests", function () {
  this.timeout(60_000);

  function run(...args: string[]) {
    const program = resolve(REPOSITORY, ".slipway/build/slipway.js");
    return spawnSync(process.execPath, [program, "test", ...args], { encoding: "utf8", cwd: REPOSITORY });
  }

  it("with --json prints the counts alone on stdout, and what the tests print on stderr", () => {
    const { status, stdout, stderr } = run("engine/cli/table", "--json");
    const { parts, ...counts } = JSON.parse(stdout);
    assert.deepEqual([status, counts.schemaVersion, counts.result, counts.failed], [0, 1, "succeeded", 0]);
    assert.ok(counts.passed > 0);
    assert.deepEqual(
      parts.map((part: { name: string; passed: number }) => [part.name, part.passed]),
      [["fast tests", counts.passed]],
    );
    assert.match(stderr, /== fast tests\n/);
  });

  it("runs some files at a time, each shown in one piece, and refuses a number that is none", () => {
    const { status, stdout, stderr } = run("watch-docker", "run-once", "--jobs", "2");
    assert.equal(status, 0, stdout + stderr);
    for (const name of ["test/run-once.test.ts", "test/watch-docker.test.ts"]) {
      assert.match(stdout, new RegExp(`-- ${name} runs\\n`));
      assert.match(stdout, new RegExp(`\\n== ${name}\\n(?!== )[^]*?\\n== ${name}: \\d+ passed, 0 failed, 0 skipped, `));
    }
    assert.match(stdout, /\n\d+ passed, 0 failed, 0 skipped\n$/);
    const refused = run("run-once", "--jobs", "0");
    assert.deepEqual([refused.status, refused.stdout], [1, ""]);
    assert.match(refused.stderr, /^error: --jobs 0: a number from 1 to 99\n/);
  });

  it("tells a name that no test file has in JSON, too", () => {
    const { status, stdout, stderr } = run("no-such-file", "--json");
    assert.deepEqual([status, stdout], [1, ""]);
    const { code, message } = JSON.parse(stderr).error;
    assert.deepEqual([code, message], ["slipway.usage", "no test file is called no-such-file"]);
  });
});
