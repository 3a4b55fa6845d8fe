import { copyFile, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { HistoryRecord, RunKind } from "../index";
import { DecryptionError } from "../secrets/passphrase-cipher";
import { configEntry, type Decrypt } from "../stack-file/config-values";
import type { ConfigNode } from "../stack-file/stack-file";
import { replaceFile } from "./atomic-file";
import type { StackFiles } from "./stack-files";
import { unixNanoseconds } from "./timestamp";

/** Pulumi's word for what was encrypted under a salt that the stack has no more. */
const UNABLE_TO_DECRYPT = "ERROR_UNABLE_TO_DECRYPT";

/** One finished run, failed ones included; fields and order are Pulumi's. */
export interface HistoryEntry {
  kind: RunKind;
  /** Unix seconds. */
  startTime: number;
  message: string;
  environment: Record<string, string>;
  /** The stack's configuration as its file has it: secrets encrypted. */
  config: Record<string, unknown>;
  /** Always 0 on this backend. */
  version: number;
  result: "succeeded" | "failed";
  /** Unix seconds. */
  endTime: number;
  resourceChanges: Record<string, number>;
}

/** Adds a run to the history, with the state that it ended in, and keeps that state among the backups too. */
export async function recordRun(files: StackFiles, entry: HistoryEntry): Promise<void> {
  const time = unixNanoseconds();
  const { stack } = files.name;
  const base = join(files.historyFolder, `${stack}-${time}`);
  await replaceFile(`${base}.history.json`, JSON.stringify(entry));
  await copyFile(files.checkpoint, `${base}.checkpoint.json`);
  if (process.env.PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS === "true") return;
  await mkdir(files.backupsFolder, { recursive: true, mode: 0o700 });
  await copyFile(files.checkpoint, join(files.backupsFolder, `${stack}.${time}.json`));
}

/** Past runs, newest first. An entry that cannot be read is left out. */
export async function readHistory(files: StackFiles): Promise<HistoryEntry[]> {
  const names = (await readdir(files.historyFolder).catch(() => []))
    .filter((name) => name.endsWith(".history.json"))
    .sort()
    .reverse();
  const entries = await Promise.all(
    names.map(async (name) => {
      try {
        return [JSON.parse(await readFile(join(files.historyFolder, name), "utf8")) as HistoryEntry];
      } catch {
        return [];
      }
    }),
  );
  return entries.flat();
}

/**
 * An entry as it is shown. Without `decrypt` a secret of the configuration has no value; one that cannot be decrypted
 * any more does not hide the others.
 */
export function historyRecord(entry: HistoryEntry, decrypt: Decrypt | undefined): HistoryRecord {
  const config = Object.entries(sortedByKey(entry.config));
  const shown = decrypt && asFarAsPossible(decrypt);
  return {
    version: entry.version,
    kind: entry.kind,
    startTime: new Date(entry.startTime * 1000).toISOString(),
    message: entry.message,
    environment: sortedByKey(entry.environment),
    config: Object.fromEntries(config.map(([key, node]) => [key, configEntry(node as ConfigNode, shown)])),
    result: entry.result,
    endTime: new Date(entry.endTime * 1000).toISOString(),
    resourceChanges: sortedByKey(entry.resourceChanges),
  };
}

function asFarAsPossible(decrypt: Decrypt): Decrypt {
  return (ciphertext) => {
    try {
      return decrypt(ciphertext);
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
      return UNABLE_TO_DECRYPT;
    }
  };
}

function sortedByKey<Value>(map: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
