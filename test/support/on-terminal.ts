import { spawn } from "node:child_process";

/** Runs a line on a terminal of its own and types an answer once a question is there. */
export function onTerminal(line: string, answer: string): Promise<{ output: string; code: number | null }> {
  const child = spawn("script", ["--quiet", "--return", "--command", line, "/dev/null"], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  let isAnswered = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (isAnswered || !/\[yes\/no\]: /.test(output)) return;
    isAnswered = true;
    child.stdin.write(answer);
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ output, code }));
  });
}
