import { readdirSync, readFileSync } from "node:fs";

/** A process and everything that it started, as `kill -9` of a whole machine would take them: parents first. */
export function killTree(pid: number): void {
  const children = childrenOf();
  const kill = (one: number) => {
    try {
      process.kill(one, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
    for (const child of children.get(one) ?? []) kill(child);
  };
  kill(pid);
}

function childrenOf(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = parentOf(entry);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  return children;
}

function parentOf(pid: string): number | undefined {
  try {
    // The second field, the command, is in parentheses and may hold anything.
    const afterCommand = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1) as string;
    return Number(afterCommand.split(" ")[1]);
  } catch {
    return undefined; // Ended meanwhile.
  }
}

/** Kills what a process started and has these words in its command line, as `rollout`; whether there was one. */
export function killDescendant(pid: number, words: string): boolean {
  const children = childrenOf();
  const below = (one: number): number[] => (children.get(one) ?? []).flatMap((child) => [child, ...below(child)]);
  const found = below(pid).filter((one) => commandOf(one).includes(words));
  for (const one of found) killTree(one);
  return found.length > 0;
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // Ended meanwhile.
  }
}
