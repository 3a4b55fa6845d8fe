import { strict as assert } from "node:assert";
import { TerminalScreen } from "./terminal-screen";

const ESC = "\u001b";
const plain = { bold: false, dim: false };

function shown(...writes: string[]) {
  const screen = new TerminalScreen();
  for (const text of writes) screen.write(text);
  return screen.lines();
}

describe("terminal screen", () => {
  it("a frame that is drawn again replaces the one before, also where it is shorter", () => {
    const frame = (lines: string[]) => lines.map((line) => `${line}${ESC}[K\r\n`).join("");
    const lines = shown(
      `title\r\n${ESC}[?25l${frame(["first line", "second", "third"])}`,
      `\r${ESC}[3A${frame(["1st", "2nd"])}${ESC}[J${ESC}[?25h`,
    );
    assert.deepEqual(
      lines.map((pieces) => pieces.map(({ text }) => text).join("")),
      ["title", "1st", "2nd"],
    );
  });

  it("text keeps its colours, and one piece is one style", () => {
    assert.deepEqual(shown(`a${ESC}[1m${ESC}[32m+ ${ESC}[0m└─ b`), [
      [
        { text: "a", style: plain },
        { text: "+ ", style: { ...plain, bold: true, color: 32 } },
        { text: "└─ b", style: plain },
      ],
    ]);
  });

  it("what it does not know is refused instead of drawn wrongly", () => {
    assert.throws(() => shown(`${ESC}[2J`), /ESC\[2J/);
    assert.throws(() => shown(`${ESC}[45m`), /style 45/);
  });
});
