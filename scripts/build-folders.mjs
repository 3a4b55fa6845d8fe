// The folders of builds: `builds/ID`, and `build`, a link to the newest.

import { readdirSync, realpathSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";

/** Longest time that a process is expected to run from a build, in hours: one that was replaced is kept as long. */
const KEPT_HOURS = 6;

/** Makes `builds/ID` the current one, in one rename, and notes when the one before was replaced: as its time. */
export function makeCurrent(work, id) {
  const current = join(work, "build");
  const before = folderOf(current);
  const link = `${current}.${process.pid}`;
  symlinkSync(join("builds", id), link);
  renameSync(link, current);
  if (before !== undefined) utimesSync(before, new Date(), new Date());
}

/** Removes builds that nobody can run from any more. */
export function removeOld(work) {
  const oldest = Date.now() - KEPT_HOURS * 3600_000;
  for (const name of readdirSync(join(work, "builds"))) {
    const folder = join(work, "builds", name);
    if (statSync(folder).mtimeMs < oldest) rmSync(folder, { recursive: true, force: true });
  }
}

function folderOf(link) {
  try {
    return realpathSync(link);
  } catch (error) {
    if (error.code === "ENOENT") return undefined; // The first build, or its folder was removed by hand.
    throw error;
  }
}
