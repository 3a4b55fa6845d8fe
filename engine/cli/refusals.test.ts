import assert from "node:assert";
import { Command, CommanderError } from "commander";
import { CommandError } from "../exit-code";
import { addEngineCommands } from "./commands";
import { usageError } from "./refusals";

/** What a user sees who types this, and the exit code. */
async function refusal(...args: string[]): Promise<[message: string, exitCode: number]> {
  const program = new Command("slipway").exitOverride().configureOutput({ writeErr: () => undefined });
  addEngineCommands(program);
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    const shown = error instanceof CommanderError ? usageError(error, "slipway") : error;
    if (shown instanceof CommandError) return [shown.message, shown.exitCode];
    throw error;
  }
  throw new Error(`${args.join(" ")} was not refused`);
}

const LEFT_TO_PULUMI = "is not supported by the embedded engine; use Pulumi's CLI for this (SLIPWAY_ENGINE=official)";

describe("what the command line refuses", () => {
  for (const [typed, what] of [
    ["import a b c", "`slipway import`"],
    ["stack rename prod", "`slipway stack rename`"],
    ["stack tag ls", "`slipway stack tag`"],
    ["config set-all --plaintext a=b", "`slipway config set-all`"],
    ["state unprotect urn", "`slipway state unprotect`"],
    ["up --exclude urn", "--exclude"],
    ["up -y --replace=urn", "--replace"],
    ["preview --save-plan p", "--save-plan"],
    ["destroy --remove", "--remove"],
    ["up --config a=b", "--config"],
  ] as const) {
    it(`${typed}: by name, with the way out`, async () => {
      assert.deepEqual(await refusal(...typed.split(" ")), [`${what} ${LEFT_TO_PULUMI}`, 2]);
    });
  }

  it("what Pulumi's CLI does not know either, in its words", async () => {
    const hint = "Run 'slipway --help' for usage.";
    assert.deepEqual(await refusal("frobnicate"), [`unknown command "frobnicate" for "slipway"\n${hint}`, 1]);
    assert.deepEqual(await refusal("up", "--frobnicate"), ["unknown flag: --frobnicate", 1]);
    assert.deepEqual(await refusal("config", "--frobnicate"), ["unknown flag: --frobnicate", 1]);
    assert.deepEqual(await refusal("up", "-x"), ["unknown shorthand flag: -x", 1]);
  });

  it("a value that is none, naming it", async () => {
    const [message, exitCode] = await refusal("up", "--parallel", "many");
    assert.match(message, /"many" is not a whole number above 0/);
    assert.equal(exitCode, 2);
  });
});
