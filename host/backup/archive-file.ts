import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { InterruptedError, stopped } from "../interruption";

/** Bytes read at once. */
const READ_BYTES = 1024 * 1024;

export interface Digest {
  bytes: number;
  sha256: string;
}

/** Writes a new file piece by piece, on disk when it resolves; its size and checksum are of what came. */
export async function writeArchive(
  path: string,
  fill: (write: (piece: Buffer) => Promise<void>) => Promise<void>,
): Promise<Digest> {
  const hash = createHash("sha256");
  let bytes = 0;
  const file = await open(path, "wx", 0o600);
  try {
    await fill(async (piece) => {
      hash.update(piece);
      bytes += piece.length;
      await file.writeFile(piece);
    });
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** The pieces of a file; `digest` is of all that was read so far. */
export function readArchive(path: string): { pieces: AsyncIterable<Buffer>; digest(): Digest } {
  const hash = createHash("sha256");
  let bytes = 0;
  async function* pieces(): AsyncGenerator<Buffer> {
    for await (const piece of createReadStream(path, { highWaterMark: READ_BYTES })) {
      if (stopped.aborted) throw new InterruptedError();
      hash.update(piece as Buffer);
      bytes += (piece as Buffer).length;
      yield piece as Buffer;
    }
  }
  return { pieces: pieces(), digest: () => ({ bytes, sha256: hash.copy().digest("hex") }) };
}

export async function digestOf(path: string): Promise<Digest> {
  const { pieces, digest } = readArchive(path);
  for await (const _ of pieces);
  return digest();
}

/** `undefined` where the file is what it should be, else what is wrong with it, naming it. */
export async function damage(path: string, expected: Digest): Promise<string | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (!found) return `${path} is not there`;
  if (found.size !== expected.bytes) return `${path} has ${found.size} bytes instead of ${expected.bytes}`;
  const { sha256 } = await digestOf(path);
  return sha256 === expected.sha256 ? undefined : mismatch(path, sha256, expected.sha256);
}

export function mismatch(path: string, found: string, expected: string): string {
  return `${path} is damaged: its SHA-256 is ${found} instead of ${expected}`;
}
