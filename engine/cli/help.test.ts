import assert from "node:assert";
import { Command } from "commander";
import { addEngineCommands } from "./commands";

/** Lines of a screen. */
const SCREEN = 40;

describe("help of the engine's commands", () => {
  it("leads with examples, and is no longer than a screen", () => {
    let text = "";
    const program = new Command("slipway").configureOutput({
      writeOut: (part) => {
        text += part;
      },
    });
    addEngineCommands(program, async () => undefined);
    for (const name of ["up", "preview", "refresh", "destroy", "config"]) {
      text = "";
      const command = program.commands.find((one) => one.name() === name) as Command;
      command.copyInheritedSettings(program).outputHelp();
      assert.match(text, new RegExp(`^Examples:\\n {2}slipway ${name}`), name);
      assert.ok(text.split("\n").length <= SCREEN, `${name}: ${text.split("\n").length} lines`);
    }
  });
});
