import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** All files in a folder and below it. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Those of them that hold a text, found by reading every one; relative to the folder. */
export async function filesWith(folder: string, text: string): Promise<string[]> {
  const files = await filesBelow(folder);
  const found = await Promise.all(files.map(async (file) => (await readFile(file)).includes(text)));
  return files.filter((_, index) => found[index]).map((file) => file.slice(folder.length + 1));
}
