import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { COMMAND_LINE, SmallProject } from "./small-project";

/** Longest wait for a question, in milliseconds. */
const LONGEST_WAIT = 60_000;

interface Typed {
  /** Typed once this was printed. */
  after: RegExp;
  text: string;
}

/** Runs a command with a terminal of 90 columns, as `script` (util-linux) makes one. */
function onTerminal(
  project: SmallProject,
  command: string,
  typed: Typed[],
): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    const line = `stty cols 90 rows 30; exec '${process.execPath}' '${COMMAND_LINE}' ${command}`;
    const child = spawn("script", ["-qec", line, "/dev/null"], { cwd: project.root, env: project.environment });
    const deadline = setTimeout(() => child.kill("SIGKILL"), LONGEST_WAIT);
    let text = "";
    let seen = 0;
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      const [next] = typed;
      if (!next?.after.test(text.slice(seen))) return;
      typed.shift();
      seen = text.length;
      child.stdin.write(next.text);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(deadline);
      resolve({ code, text });
    });
  });
}

describe("on a terminal", function () {
  this.timeout(120_000);
  let project: SmallProject;

  before(function () {
    if (spawnSync("script", ["--version"]).status !== 0) this.skip();
    project = new SmallProject("embedded");
    spawnSync(process.execPath, [COMMAND_LINE, "stack", "init", "dev"], {
      cwd: project.root,
      env: project.environment,
    });
  });
  after(() => project?.[Symbol.dispose]());

  const question = /Do you want to perform this update\? \[yes\/no\/details\]: /;
  const outputs = () => {
    const result = spawnSync(process.execPath, [COMMAND_LINE, "stack", "output", "--json"], {
      cwd: project.root,
      env: project.environment,
    });
    return JSON.parse(result.stdout.toString());
  };

  it("`up` shows the plan as a tree and asks; `no` ends with 8 and changes nothing", async () => {
    const { code, text } = await onTerminal(project, "up", [{ after: question, text: "no\n" }]);
    assert.equal(code, 8, text);
    assert.match(text, /Previewing update \(dev\):/);
    assert.ok(text.includes("\u001b[2A"), "lines are drawn again in place");
    assert.ok(text.lastIndexOf("\u001b[?25h") > text.lastIndexOf("\u001b[?25l"), "the cursor is shown again");
    assert.deepEqual(outputs(), {});
  });

  it("`details` shows them and asks again; `yes` goes on", async () => {
    const { code, text } = await onTerminal(project, "up", [
      { after: question, text: "details\n" },
      { after: question, text: "yes\n" },
    ]);
    assert.equal(code, 0, text);
    assert.match(text, /\+ pulumi:pulumi:Stack: \(create\)/);
    assert.deepEqual(outputs(), { word: "one" });
  });

  it("Ctrl-C at the question is a `no`", async () => {
    const { code, text } = await onTerminal(project, "up", [{ after: question, text: "\u0003" }]);
    assert.equal(code, 8, text);
  });

  it("MT-20 PU-09 a secret that is typed is not shown, and stored encrypted", async () => {
    const { code, text } = await onTerminal(project, "config set --secret token", [
      { after: /value: /, text: "hush-hush\n" },
    ]);
    assert.equal(code, 0, text);
    assert.ok(!text.includes("hush"), JSON.stringify(text));
    const file = readFileSync(join(project.root, "Pulumi.dev.yaml"), "utf8");
    assert.match(file, /small:token:\n {4}secure: v1:/);
    const shown = spawnSync(process.execPath, [COMMAND_LINE, "config", "get", "token"], {
      cwd: project.root,
      env: project.environment,
    });
    assert.equal(shown.stdout.toString(), "hush-hush\n");
  });
});
