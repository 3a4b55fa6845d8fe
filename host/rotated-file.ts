import { existsSync, linkSync, readdirSync, renameSync, rmSync, statSync, unlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Size from which a log file is put aside, and how many of those are kept. */
const LIMITS = { bytes: 10 * 1024 * 1024, kept: 5 };

/** Of this process: a moment and its id alone may be those of two files. */
let rotations = 0;

/**
 * Puts a log file aside that has reached its size, as `NAME.MOMENT-PROCESS-COUNT`, and removes the oldest of those. Processes
 * append and rotate as they like: a line is written to whatever has the name at that moment, and a file gets a name that
 * no other has, so that no line is lost.
 */
export function rotate(path: string, limits = LIMITS, now = new Date()): void {
  const full = statSync(path, { throwIfNoEntry: false });
  if (full === undefined || full.size < limits.bytes) return;
  const aside = `${path}.${now.toISOString().replaceAll(/[-:.]/g, "")}-${process.pid}-${++rotations}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isNotThere(error)) return; // Another process was first.
    throw error;
  }
  if (statSync(aside).ino !== full.ino) giveBack(aside, path);
  prune(path, limits.kept);
}

/** Another process was first, and this one took the file after it. It stays aside where that has a successor, too. */
function giveBack(aside: string, path: string): void {
  try {
    linkSync(aside, path);
    unlinkSync(aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function prune(path: string, kept: number): void {
  for (const old of putAside(path).slice(0, -kept)) rmSync(old, { force: true });
}

/** What was put aside of a file, oldest first; none where its folder is not there. */
export function putAside(path: string): string[] {
  const folder = dirname(path);
  if (!existsSync(folder)) return [];
  const form = /^\.\d{8}T\d{9}Z-\d+-\d+$/;
  const names = readdirSync(folder).filter(
    (name) => name.startsWith(basename(path)) && form.test(name.slice(basename(path).length)),
  );
  return names.sort().map((name) => join(folder, name));
}

function isNotThere(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
