import { createHash } from "node:crypto";
import { readdirSync, readFileSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import type { Recipe } from "./recipes";

/** Hash of everything that an image is made from; 12 hex digits. The same inputs, the same image. */
export function inputsHash(root: string, recipe: Recipe): string {
  const hash = createHash("sha256");
  if (recipe.kind === "debian") {
    hash.update(JSON.stringify([recipe.suite, recipe.include]));
  } else {
    hash.update(JSON.stringify([recipe.version, recipe.from.argument, inputsHash(root, recipe.from.recipe)]));
    for (const [path, file] of filesBelow(join(root, recipe.folder))) {
      hash
        .update(JSON.stringify([path, isExecutable(file), file.size]))
        .update(readFileSync(join(root, recipe.folder, path)));
    }
  }
  return hash.digest("hex").slice(0, 12);
}

/** By its owner: all of a file's mode that goes into an image. */
export function isExecutable({ mode }: { mode: number }): boolean {
  return (mode & 0o100) !== 0;
}

/**
 * Changes when a recipe has, or a file in one of the folders may have: from sizes and times alone, in about a
 * millisecond.
 */
export function inputsFingerprint(root: string, folders: string[], recipes: readonly unknown[]): string {
  const hash = createHash("sha256").update(JSON.stringify(recipes));
  for (const folder of folders) {
    for (const [path, { mode, size, mtimeMs }] of filesBelow(join(root, folder))) {
      hash.update(JSON.stringify([folder, path, mode, size, mtimeMs]));
    }
  }
  return hash.digest("hex");
}

function filesBelow(folder: string): [path: string, file: Stats][] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((path): [string, Stats] => [path, statSync(join(folder, path))])
    .filter(([, file]) => file.isFile());
}
