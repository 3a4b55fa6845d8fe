import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { plainSecretsText } from "./plain-secrets";

/** Far more than a file has that somebody edits. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Unlike what Node ends with where it cannot run this. */
const FOUND = 3;

function shown(name: string): string {
  return execFileSync("git", ["show", name], { encoding: "utf8", maxBuffer: MOST_BYTES, stdio: "pipe" });
}

/** "" for a file that the last commit does not have. */
function committed(file: string): string {
  try {
    return shown(`HEAD:${file}`);
  } catch {
    return "";
  }
}

/** Told on stdin which files to read: as they are staged, and as they were. */
const files = readFileSync(0, "utf8").split("\0").filter(Boolean);
const found = files.map((file) => plainSecretsText(file, shown(`:${file}`), committed(file)));
process.stderr.write(found.join(""));
process.exitCode = found.some(Boolean) ? FOUND : 0;
