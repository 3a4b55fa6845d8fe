import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ARCHIVE_SIGNATURE, ASSET_SIGNATURE, type PropertyMap, SIGNATURE_KEY } from "../../property-value";

/** Files below `directory` that the globs choose, by path relative to it. A glob after `!` takes files out again. */
export function assetsAt(directory: string, dir: string, globs: string[]): PropertyMap {
  const rules = globs.map((glob) => ({ takesOut: glob.startsWith("!"), pattern: globPattern(glob.replace(/^!/, "")) }));
  const assets: PropertyMap = {};
  for (const path of filesBelow(directory)) {
    const last = rules.filter(({ pattern }) => pattern.test(path)).at(-1);
    if (!last || last.takesOut) continue;
    const hash = createHash("sha256")
      .update(readFileSync(join(directory, path)))
      .digest("hex");
    assets[path] = { [SIGNATURE_KEY]: ASSET_SIGNATURE, hash, path: join(dir, path) };
  }
  return assets;
}

/** The same files as one archive. Its hash is that of a tar of them in the order of their names, as Pulumi computes it. */
export function archiveAt(directory: string, dir: string, globs: string[]): PropertyMap {
  const assets = assetsAt(directory, dir, globs);
  const hash = createHash("sha256");
  for (const path of Object.keys(assets).sort()) {
    const content = readFileSync(join(directory, path));
    hash
      .update(tarHeader(path, content.length))
      .update(content)
      .update(Buffer.alloc(-content.length & 511));
  }
  hash.update(Buffer.alloc(1024));
  return { [SIGNATURE_KEY]: ARCHIVE_SIGNATURE, assets, hash: hash.digest("hex") };
}

function filesBelow(directory: string, prefix = ""): string[] {
  return readdirSync(join(directory, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = join(prefix, entry.name);
    return entry.isDirectory() ? filesBelow(directory, path) : [path];
  });
}

/** `*` stays within a folder, `**` does not; `?`, `[a-c]`, `[!a]` and `{a,b}` as in a shell. */
export function globPattern(glob: string): RegExp {
  let braces = 0;
  const pattern = glob.replace(/\*\*|\*|\?|\[!?[^\]]*\]|[{},]|\\.|[^\w/]/g, (part) => {
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.startsWith("[")) return part.replace(/^\[!/, "[^");
    if (part === "{") return `${++braces ? "(?:" : ""}`;
    if (part === "}" && braces > 0) return `${braces-- ? ")" : ""}`;
    if (part === "," && braces > 0) return "|";
    return part.length === 2 ? part : `\\${part}`;
  });
  return new RegExp(`^${pattern}$`, "s");
}

/** The header of a ustar entry with mode 0600, owned by nobody in particular, at the beginning of time. */
function tarHeader(path: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number) =>
    header.write(value.toString(8).padStart(length - 1, "0"), at, "ascii");
  header.write(path, 0);
  octal(0o600, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  octal(0, 329, 8);
  octal(0, 337, 8);
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
  );
  return header;
}
