import { execFileSync } from "node:child_process";

/** Commit that a folder is at, `-dirty` behind it where tracked files were edited; "" outside a repository. */
export function gitSha(folder: string): string {
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const edited = git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "-dirty";
    return `${git("rev-parse", "HEAD")}${edited}`;
  } catch {
    return "";
  }
}
