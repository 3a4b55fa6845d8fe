import { createHash } from "node:crypto";
import { join } from "node:path";
import { readIfThere, writeAtomic } from "./atomic-file";
import { currentFiles } from "./generation";
import type { Layout } from "./layout";

/**
 * A number for a file of the gateway's configuration that stays the same while the file is what it should be and
 * is the next one when it is not (edited by hand, never written, or about to be changed). It goes into the request
 * that writes the file, which records it: so a mended file causes no further run.
 */
export async function fileEpoch(layout: Layout, path: string, expectedSha256: string): Promise<number> {
  const [content] = await currentFiles(layout, [path]);
  const recorded = await recordedEpoch(layout, path);
  return sha256(content ?? "") === expectedSha256 ? recorded : recorded + 1;
}

/** The number that was last recorded; 0 where none ever was. */
export async function recordedEpoch(layout: Layout, path: string): Promise<number> {
  return Number((await readIfThere(recordPath(layout, path))) ?? "0");
}

export async function recordFileEpoch(layout: Layout, path: string, epoch: number): Promise<void> {
  await writeAtomic(recordPath(layout, path), String(epoch));
}

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function recordPath(layout: Layout, path: string): string {
  return join(layout.state, "epochs", path);
}
