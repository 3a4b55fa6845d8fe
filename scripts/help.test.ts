import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { USAGE as BENCH } from "../bench/runner/options";
import { cli } from "../host/cli/cli";
import { layout } from "../host/layout";

/** Lines of a screen. */
const SCREEN = 40;
const WIDTH = 120;
const LAUNCHER = join(__dirname, "..", "slipway");

/** Commands that `scripts/slipway.ts` declares, with the file of each that has one. */
const NAMES = [...readFileSync(join(__dirname, "slipway.ts"), "utf8").matchAll(/^ {2}"?([a-z-]+)"?: \{/gm)].map(
  ([, name]) => name as string,
);

describe("help of the repository's commands", () => {
  /** What a command prints; `bench` has a process of its own. */
  async function help(name: string): Promise<string> {
    if (name === "bench") return BENCH;
    let text = "";
    const original = process.stdout.write;
    process.stdout.write = ((part: string) => {
      text += part;
      return true;
    }) as typeof process.stdout.write;
    try {
      const own = join(__dirname, `${name}.ts`);
      const code = existsSync(own)
        ? await (await import(own)).run(["--help"])
        : await cli(layout("/nowhere"), [name, "--help"]);
      assert.equal(code, 0, name);
    } finally {
      process.stdout.write = original;
    }
    return text;
  }

  it("that of slipway itself leads with examples, and fits a screen", function () {
    this.timeout(60_000);
    const text = execFileSync(LAUNCHER, ["--help"], { encoding: "utf8" });
    assert.match(text, /^Examples:\n {2}slipway up /);
    for (const name of NAMES) assert.match(text, new RegExp(`^ {2}${name} `, "m"));
    const { length } = text.trimEnd().split("\n");
    assert.ok(length <= SCREEN, `${length} lines`);
  });

  it("a command line that is not understood is answered with the usage and the page that says more", function () {
    this.timeout(60_000);
    for (const name of ["deploy", "bench"]) {
      const { status, stderr } = spawnSync(LAUNCHER, [name, "--frce"], { encoding: "utf8" });
      assert.equal(status, 1);
      assert.match(stderr, /^error: .*--frce.*\n\nExamples:(.|\n)*\nsee: docs\/scripts\.md\n$/, name);
    }
  });

  it("there are some", () => assert.ok(NAMES.length >= 13, NAMES.join(" ")));

  for (const name of NAMES) {
    it(`SC-01 that of ${name} leads with examples, says how to call it and what it ends with, and fits a screen`, async () => {
      const text = await help(name);
      assert.match(text, new RegExp(`^Examples:\\n {2}(slipway ${name}|${name}\\.sh)`));
      assert.match(text, /\n\n?usage: /);
      assert.match(text, /exit codes?: 0|Exit codes: 0/);
      const lines = text.split("\n");
      assert.ok(lines.length <= SCREEN, `${lines.length} lines`);
      for (const line of lines) assert.ok(line.length <= WIDTH, line);
    });
  }
});
