import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Where Debian has what administrators run: not on the PATH of other users, nor of root after a plain `su`. */
export const ADMIN_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Whether a program is in a folder of the PATH, or in one of some more. */
export function isOnPath(program: string, moreFolders: string[] = []): boolean {
  return [...pathFolders(), ...moreFolders].some((folder) => existsSync(join(folder, program)));
}

/** The PATH of a program that is an administrator's, or calls such programs by name. */
export function adminPath(): string {
  return [...pathFolders(), ...ADMIN_FOLDERS].join(delimiter);
}

function pathFolders(): string[] {
  return (process.env.PATH ?? "").split(delimiter);
}
