import { Slots } from "../setup/slots";

/** Tests of files below one of these use the same names in Docker, those of the records. */
const ONE_AT_A_TIME = ["test/golden/"];

/** They hold limits of seconds, which other files beside them would use up. */
const ALONE = [
  "test/faults/bad-releases.test.ts",
  "test/infrastructure.test.ts",
  "test/noisy-neighbour.test.ts",
  "test/restore.test.ts",
  "test/scripts.test.ts",
];

/** Files beside which nothing runs, and the others. */
export function measuring(files: string[]): { alone: string[]; others: string[] } {
  const isAlone = (file: string) => ALONE.includes(file);
  return { alone: files.filter(isAlone), others: files.filter((file) => !isAlone(file)) };
}

/** Lists of files that may run at the same time; those of a list may not, and stand in their order. */
export function apart(files: string[]): string[][] {
  const lists = new Map<string, string[]>();
  for (const file of files) {
    const key = ONE_AT_A_TIME.find((folder) => file.startsWith(folder)) ?? file;
    lists.set(key, [...(lists.get(key) ?? []), file]);
  }
  return [...lists.values()];
}

/**
 * Runs at most `jobs` lists at a time, each file by file, and answers in their order. After an error nothing more
 * starts; it is thrown when all that runs has ended.
 */
export async function sideBySide<T>(
  jobs: number,
  lists: string[][],
  action: (file: string) => Promise<T>,
): Promise<T[]> {
  const slots = new Slots(jobs);
  const stop = new AbortController();
  const fail = (error: unknown): never => {
    stop.abort(error);
    throw error;
  };
  const runs = lists.map((list) =>
    slots.run(async () => {
      const results: T[] = [];
      for (const file of list) {
        if (!stop.signal.aborted) results.push(await action(file).catch(fail));
      }
      return results;
    }),
  );
  const ended = await Promise.allSettled(runs);
  stop.signal.throwIfAborted();
  return ended.flatMap((run) => (run.status === "fulfilled" ? run.value : []));
}
