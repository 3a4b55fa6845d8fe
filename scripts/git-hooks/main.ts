import { execFileSync } from "node:child_process";
import { plainSecretsText } from "./plain-secrets";

/** Far more than a file has that somebody edits. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Told which files to read: as they are staged. */
const found = process.argv.slice(2).map((file) => {
  const staged = execFileSync("git", ["show", `:${file}`], { encoding: "utf8", maxBuffer: MOST_BYTES });
  return plainSecretsText(file, staged);
});
process.stderr.write(found.join(""));
process.exitCode = found.some(Boolean) ? 1 : 0;
