import { strict as assert } from "node:assert";
import { readEnvFile } from "./env-file";

const values = (text: string) => {
  const { lines, mistakes } = readEnvFile(text, ".env.local");
  assert.deepEqual(mistakes, []);
  return Object.fromEntries(lines.map(({ name, value }) => [name, value]));
};
const mistakes = (text: string) =>
  readEnvFile(text, ".env.local").mistakes.map(({ line, path, text }) => `${line} ${path}: ${text}`);

describe("an .env file", () => {
  it("MT-28 has lines NAME=value, comments and exports", () => {
    const text =
      "# a comment\n\nONE=1\r\n  export TWO = two words # said so\nURL=http://a.test/?b=c#d\nEMPTY=\nNONE=# \n";
    assert.deepEqual(values(text), { ONE: "1", TWO: "two words", URL: "http://a.test/?b=c#d", EMPTY: "", NONE: "" });
  });

  it("MT-28 quotes keep what is between them; only double ones know escapes, and nothing is expanded", () => {
    const text = String.raw`A="two\nlines \"quoted\" \\ $HOME" # why
B='as it is \n "$HOME"'
C=$HOME
D="#"`;
    assert.deepEqual(values(text), {
      A: 'two\nlines "quoted" \\ $HOME',
      B: String.raw`as it is \n "$HOME"`,
      C: "$HOME",
      D: "#",
    });
  });

  it("MT-28 all mistakes are reported with their lines, and no value is shown", () => {
    const found = mistakes('s3cret\nA=s3cret\nA=s3cret\n1B=s3cret\nSLIPWAY_C=s3cret\nD="s3cret\nE=s3cret\0\n');
    assert.deepEqual(
      found.map((line) => line.replace(/; allowed: .*/, "")),
      [
        "1 : found no NAME=value",
        "3 A: is there already, on line 2; keep one of the two",
        '4 : found "1B"',
        '5 : found "SLIPWAY_C"',
        "6 D: a quote without its end; write a line break as \\n in double quotes",
        "7 E: a value with NUL in it",
      ],
    );
    assert.ok(!found.join().includes("s3cret"));
  });
});
