import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { StackFiles } from "../../engine/state/stack-files";
import type { LockHolder } from "../../engine/state/stack-lock";
import type { TestStack } from "./test-stack";

export function lockFolder({ folder, name }: TestStack): string {
  return new StackFiles(join(folder, ".pulumi"), { project: "slipway", stack: name }).lockFolder;
}

/** Leaves a lock of the stack, taken by `operator` in a process just now, unless `changes` says otherwise; its file. */
export async function leaveLock(stack: TestStack, pid: number, changes: Partial<LockHolder> = {}): Promise<string> {
  const timestamp = new Date().toISOString();
  const holder: LockHolder = { pid, username: "operator", hostname: hostname(), timestamp, ...changes };
  const file = join(lockFolder(stack), "00000000-0000-4000-8000-000000000000.json");
  await mkdir(lockFolder(stack), { recursive: true });
  await writeFile(file, JSON.stringify(holder));
  return file;
}
