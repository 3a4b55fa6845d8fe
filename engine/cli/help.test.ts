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
    addEngineCommands(program);
    const check = (command: Command, before: string, parent: Command) => {
      text = "";
      const path = `${before} ${command.name()}`;
      command.copyInheritedSettings(parent).outputHelp();
      assert.match(text, new RegExp(`^Examples:\\n {2}${path}`), path);
      assert.ok(text.split("\n").length <= SCREEN, `${path}: ${text.split("\n").length} lines`);
      for (const child of command.commands) check(child, path, command);
    };
    assert.ok(program.commands.length > 8);
    for (const command of program.commands) check(command, "slipway", program);
  });
});
