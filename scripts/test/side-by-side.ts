import { setTimeout as delay } from "node:timers/promises";
import { type Jobs, Throttle } from "./jobs";

/** Between two looks whether another file may start, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** Tests of files below one of these use the same names in Docker, those of the records. */
const ONE_AT_A_TIME = ["test/golden/"];

/** They measure: other files beside them would be measured, too. */
const ALONE = ["test/infrastructure.test.ts", "test/noisy-neighbour.test.ts"];

/** Files beside which nothing runs, and the others. */
export function measuring(files: string[]): { alone: string[]; others: string[] } {
  const isAlone = (file: string) => ALONE.includes(file);
  return { alone: files.filter(isAlone), others: files.filter((file) => !isAlone(file)) };
}

/**
 * Lists of files that may run at the same time; those of a list may not, and stand in their order. `sizeOf`: of a file in
 * bytes; the largest lists come first, as what takes long should not be left for the end.
 */
export function apart(files: string[], sizeOf: (file: string) => number): string[][] {
  const lists = new Map<string, string[]>();
  for (const file of files) {
    const key = ONE_AT_A_TIME.find((folder) => file.startsWith(folder)) ?? file;
    lists.set(key, [...(lists.get(key) ?? []), file]);
  }
  const sizes = new Map([...lists.values()].map((list) => [list, list.reduce((sum, file) => sum + sizeOf(file), 0)]));
  return [...sizes].sort(([, a], [, b]) => b - a).map(([list]) => list);
}

/**
 * Runs lists at the same time, as many as `jobs` allows, each file by file, and answers in their order. After an error
 * nothing more starts; it is thrown when all that runs has ended.
 */
export async function sideBySide<T>(jobs: Jobs, lists: string[][], action: (file: string) => Promise<T>): Promise<T[]> {
  const throttle = new Throttle(jobs);
  const running = new Set<Promise<void>>();
  const results: T[][] = [];
  const stop = new AbortController();
  const runList = async (list: string[], results: T[]) => {
    for (const file of list) {
      if (!stop.signal.aborted) results.push(await action(file));
    }
  };
  for (const list of lists) {
    while (!throttle.hasRoom(running.size)) await Promise.race([...running, delay(LOOK_EVERY_MS)]);
    if (stop.signal.aborted) break;
    const own: T[] = [];
    results.push(own);
    const run: Promise<void> = runList(list, own)
      .catch((error) => stop.abort(error))
      .finally(() => running.delete(run));
    running.add(run);
    throttle.started();
  }
  await Promise.all(running);
  stop.signal.throwIfAborted();
  return results.flat();
}
