import { mkdir, statfs } from "node:fs/promises";
import { ContractError } from "../contract-error";

/** Exit code of the script contract (SC-05). */
const NO_SPACE = 3;

/** Bytes that a process without privileges may still write below a folder, which is made where it is not there. */
export async function freeBytes(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Throws where a backup must not begin; each message has both numbers. */
export function checkSpace(folder: string, free: number, minimum: number, estimate: number): void {
  if (free < minimum) {
    throw new ContractError(
      `${folder} has ${gigabytes(free)} free; a backup needs ${gigabytes(minimum)}\nhint: make room there, or set BACKUP_DIR`,
      NO_SPACE,
    );
  }
  if (estimate > free) {
    throw new ContractError(
      `the database has ${gigabytes(estimate)}, and ${folder} has only ${gigabytes(free)} free\nhint: make room there, or set BACKUP_DIR`,
      NO_SPACE,
    );
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
