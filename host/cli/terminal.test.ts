import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTerminal } from "../../test/support/on-terminal";

const ASKING = `
process.on("SIGINT", () => process.exit(130));
require(${JSON.stringify(require.resolve("ts-node/register/transpile-only"))});
const { terminal } = require(${JSON.stringify(join(__dirname, "terminal"))});
void terminal.ask("Go on? [yes/no]: ").then((answer) => process.exit(answer === "yes" ? 0 : 1));
`;

describe("a question on a host's terminal", function () {
  this.timeout(20_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-terminal-"));
    writeFileSync(join(folder, "asking.cjs"), ASKING);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("SC-09 is a Ctrl-C for the command, too, and no answer", async function () {
    if (spawnSync("script", ["--version"]).status !== 0) this.skip();
    const typed = async (keys: string) => (await onTerminal(`${process.execPath} ${folder}/asking.cjs`, keys)).code;
    assert.deepEqual([await typed("yes\r"), await typed("no\r"), await typed("\x03")], [0, 1, 130]);
  });
});
