import { readdirSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import type TarFs from "tar-fs";
import { isExecutable } from "./recipe-inputs";

/**
 * A folder as the tar that an image is built from. Of a file's mode only what its hash looks at counts: a clone made
 * under umask 077 has files that only their owner may read, and in the image that owner is root.
 */
export async function buildContext(folder: string): Promise<Buffer> {
  // Loaded only where something is built.
  const { pack } = require("tar-fs") as typeof TarFs;
  return buffer(
    pack(folder, {
      entries: readdirSync(folder),
      umask: 0,
      map: (header) => ({ ...header, mode: header.type === "directory" || isExecutable(header) ? 0o755 : 0o644 }),
    }),
  );
}
