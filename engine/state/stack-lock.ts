import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { username } from "../../terminal/username";
import { replaceFile } from "./atomic-file";
import { isStillRunning, ownLife, type ProcessLife } from "./process-life";
import type { StackFiles } from "./stack-files";
import { rfc3339 } from "./timestamp";

/** Pulumi's CLI writes the first four fields, and passes over the others. */
export interface LockHolder extends Partial<ProcessLife> {
  pid: number;
  username: string;
  hostname: string;
  /** RFC 3339. */
  timestamp: string;
}

/** Another process works on the stack. The first line has the words that Pulumi's Automation API looks for. */
export class StackLockedError extends Error {
  override name = "StackLockedError";

  static by(locks: { file: string; holder: LockHolder | undefined }[], now = Date.now()): StackLockedError {
    const lines = locks.map(({ file, holder }) => `  ${pathToFileURL(file)}: ${describe(holder, now)}`);
    return new StackLockedError(
      `the stack is currently locked by ${locks.length} lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.\n${lines.join("\n")}`,
    );
  }
}

export interface StackLock extends AsyncDisposable {
  /** Removes the lock. Throws when somebody else has removed it: then another run may have changed the state. */
  release(): Promise<void>;
}

/**
 * Takes the lock of a stack as Pulumi does: a file of one's own beside which there is no other, before and after it
 * was written. A lock of this host whose process is gone (kill -9, a reboot) is taken over, and `say` is told.
 */
export async function lockStack(files: StackFiles, say: (line: string) => void): Promise<StackLock> {
  await refuseForeign(files, undefined, say);
  const file = join(files.lockFolder, `${randomUUID()}.json`);
  const holder: LockHolder = {
    pid: process.pid,
    username: username(),
    hostname: hostname(),
    timestamp: rfc3339(),
    ...ownLife(),
  };
  await replaceFile(file, JSON.stringify(holder));
  try {
    await refuseForeign(files, file, say);
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  const release = async () => {
    await rm(file).catch((cause) => {
      throw new Error(
        `there was a problem deleting the lock at ${pathToFileURL(file)}, manual clean up may be required: ${cause.message}`,
        { cause },
      );
    });
  };
  return { release, [Symbol.asyncDispose]: release };
}

/** Removes every lock of the stack, whoever holds it. */
export async function breakLocks(files: StackFiles): Promise<void> {
  for (const file of await lockFiles(files)) await rm(file, { force: true });
}

async function refuseForeign(files: StackFiles, own: string | undefined, say: (line: string) => void): Promise<void> {
  await mkdir(files.lockFolder, { recursive: true, mode: 0o700 });
  const foreign = [];
  for (const file of await lockFiles(files)) {
    if (file === own) continue;
    const holder = await readHolder(file);
    if (holder && (await isGone(holder, file))) {
      await rm(file, { force: true });
      say(`Taking over the lock ${describe(holder, Date.now())}: that process is gone.`);
    } else {
      foreign.push({ file, holder });
    }
  }
  if (foreign.length > 0) throw StackLockedError.by(foreign);
}

async function lockFiles(files: StackFiles): Promise<string[]> {
  const names = await readdir(files.lockFolder).catch(() => []);
  return names.filter((name) => name.endsWith(".json")).map((name) => join(files.lockFolder, name));
}

async function readHolder(file: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return undefined; // Removed meanwhile, or being written: counts as a lock of somebody unknown.
  }
}

async function isGone(holder: LockHolder, file: string): Promise<boolean> {
  if (holder.hostname !== hostname()) return false;
  const written = await stat(file).catch(() => undefined);
  const seen = Math.max(Date.parse(holder.timestamp), written?.mtimeMs ?? 0);
  return !isStillRunning({ ...holder, seen });
}

function describe(holder: LockHolder | undefined, now: number): string {
  if (!holder) return "created by an unknown process";
  const { username, hostname, pid, timestamp } = holder;
  return `created by ${username}@${hostname} (pid ${pid}) at ${timestamp}, ${age(now - Date.parse(timestamp))} ago`;
}

function age(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
