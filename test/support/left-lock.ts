import { mkdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { StackFiles } from "../../engine/state/stack-files";
import type { TestStack } from "./test-stack";

export function lockFolder({ folder, name }: TestStack): string {
  return new StackFiles(join(folder, ".pulumi"), { project: "slipway", stack: name }).lockFolder;
}

/** Leaves a lock of the stack, taken by `operator` in a process so many milliseconds ago; its file. */
export async function leaveLock(stack: TestStack, pid: number, ageMs = 0): Promise<string> {
  const timestamp = new Date(Date.now() - ageMs).toISOString();
  const holder = { pid, username: "operator", hostname: hostname(), timestamp };
  const file = join(lockFolder(stack), "00000000-0000-4000-8000-000000000000.json");
  await mkdir(lockFolder(stack), { recursive: true });
  await writeFile(file, JSON.stringify(holder));
  return file;
}
