import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Compilation } from "./compile";

interface Kept extends Compilation {
  /** Of each input, when it was compiled. */
  fingerprints: string[];
}

/** The compiled form of a program, if none of its files has changed since. */
export function readCompilation(entry: string): Compilation | undefined {
  const file = cacheFile(entry);
  if (!file || !existsSync(file)) return undefined;
  const kept = JSON.parse(readFileSync(file, "utf8")) as Kept;
  return kept.inputs.every((input, index) => fingerprint(input) === kept.fingerprints[index]) ? kept : undefined;
}

/** Keeps it; where there is no place for that, the next run compiles again. */
export function keepCompilation(entry: string, compilation: Compilation): void {
  const file = cacheFile(entry);
  if (!file) return;
  const kept: Kept = { ...compilation, fingerprints: compilation.inputs.map(fingerprint) };
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(kept));
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // A read-only or full disk.
  }
}

/** In the `node_modules` that serves the program: there no version control and no build looks. */
function cacheFile(entry: string): string | undefined {
  for (let folder = dirname(entry); folder !== dirname(folder); folder = dirname(folder)) {
    const modules = join(folder, "node_modules");
    if (!existsSync(modules)) continue;
    const name = createHash("sha256").update(entry).digest("hex").slice(0, 16);
    return join(modules, ".cache", "slipway", `${name}.json`);
  }
  return undefined;
}

function fingerprint(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.mtimeMs} ${stats.size} ${stats.ino}` : "";
}
