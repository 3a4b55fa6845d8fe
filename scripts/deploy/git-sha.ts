import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Commit that a folder is at, `-dirty` behind it where tracked files were edited; "" outside a repository. */
export async function gitSha(folder: string): Promise<string> {
  const git = async (...args: string[]) => (await promisify(execFile)("git", ["-C", folder, ...args])).stdout.trim();
  try {
    const [edits, commit] = await Promise.all([
      git("status", "--porcelain", "--untracked-files=no"),
      git("rev-parse", "HEAD"),
    ]);
    return `${commit}${edits === "" ? "" : "-dirty"}`;
  } catch {
    return "";
  }
}
