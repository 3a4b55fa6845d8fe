import assert from "node:assert/strict";
import { exec } from "../../host/docker";

/**
 * Puts a script into the place of a program of a Postgres container; `$0.real` is the program. Resolves with what puts
 * that back.
 */
export async function replaceProgram(container: string, program: string, script: string): Promise<() => Promise<void>> {
  const place = `/usr/lib/postgresql/17/bin/${program}`;
  const run = async (command: string) => {
    const { exitCode, stderr } = await exec(container, ["bash", "-c", command, "bash", script], { user: "root" });
    assert.equal(exitCode, 0, stderr);
  };
  await run(`mv ${place} ${place}.real && printf '%s\\n' '#!/bin/bash' "$1" > ${place} && chmod +x ${place}`);
  return () => run(`mv ${place}.real ${place}`);
}
