import assert from "node:assert/strict";
import { exec } from "../../host/docker";

/** Puts a script into the place of a program of a Postgres container; `$0.real` is the program. */
export async function replaceProgram(container: string, program: string, script: string): Promise<void> {
  const command = ["sh", "-c", replacing(program, script)];
  const { exitCode, stderr } = await exec(container, command, { user: "root" });
  assert.equal(exitCode, 0, stderr);
}

/** The same as a line of shell, for an image: the file system of a stack's own Postgres cannot be written to. */
export function replacing(program: string, script: string): string {
  const place = `/usr/lib/postgresql/17/bin/${program}`;
  const content = Buffer.from(`#!/bin/bash\n${script}\n`).toString("base64");
  return `mv ${place} ${place}.real && echo ${content} | base64 -d > ${place} && chmod +x ${place}`;
}
