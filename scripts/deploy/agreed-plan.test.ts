import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Log } from "../../host/log";
import type { RollbackPlan } from "../../host/rollback-data";
import { onTerminal } from "../../test/support/on-terminal";
import { agreedPlan } from "./agreed-plan";

const IMPOSSIBLE: RollbackPlan = { kind: "impossible", text: "no verified backup", imageIds: { web: "sha256:1" } };
const KEPT: RollbackPlan = { kind: "keep", text: "kept" };
const ASKED = { project: "shop", version: "1.0.0", yes: false, mayAsk: true };

describe("what somebody agreed to of a rollback", function () {
  this.timeout(20_000);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-agreed-plan-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const logFile = () => join(folder, "deployment.log");
  const agreed = (plan: RollbackPlan, question: Partial<typeof ASKED>) =>
    agreedPlan(new Log(logFile(), { informationTo: "nowhere" }), plan, { ...ASKED, mayAsk: false, ...question });

  it("RB-06 the plan, by a yes beforehand; nothing, with what to give, where nobody can be asked", async () => {
    assert.deepEqual(await agreed(KEPT, { yes: true }), KEPT);
    assert.equal(await agreed(KEPT, {}), undefined);
    assert.equal(await agreed(IMPOSSIBLE, {}), undefined);
    const [kept, impossible] = (await readFile(logFile(), "utf8")).split("\n");
    assert.match(kept as string, /ERROR: not done: answer yes, or give --yes \(ROLLBACK_CONFIRM=yes\)$/);
    assert.match(impossible as string, /ERROR: not done: answer yes, or give --database keep --yes$/);
  });

  it("SC-04 RB-06 without a usable backup a yes from beforehand ends with 3", async () => {
    await assert.rejects(agreed(IMPOSSIBLE, { yes: true }), {
      ...{ name: "ContractError", message: "shop: no verified backup", exitCode: 3 },
    });
  });

  it("RB-06 without a usable backup a terminal is asked for containers only, which is what a yes then does", async function () {
    if (spawnSync("script", ["--version"]).status !== 0) this.skip();
    const asking = [
      `require(${JSON.stringify(require.resolve("ts-node/register/transpile-only"))});`,
      `const { agreedPlan } = require(${JSON.stringify(join(__dirname, "agreed-plan"))});`,
      `void agreedPlan({ error() {} }, ${JSON.stringify(IMPOSSIBLE)}, ${JSON.stringify(ASKED)})`,
      '  .then((plan) => console.log("agreed:", JSON.stringify(plan ?? null)));',
    ];
    await writeFile(join(folder, "asking.cjs"), asking.join("\n"));
    const typed = async (keys: string) => (await onTerminal(`${process.execPath} ${folder}/asking.cjs`, keys)).output;
    const yes = await typed("yes\r");
    assert.match(yes, /Go back to 1\.0\.0, containers only\? \[yes\/no\]: /);
    assert.deepEqual(JSON.parse(/agreed: (.*)/.exec(yes)?.[1] ?? yes), { ...IMPOSSIBLE, kind: "keep" });
    assert.match(await typed("no\r"), /agreed: null/);
  });
});
