import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isObject, type PropertyMap } from "../../../property-value";
import { objectsOf } from "../schema/schema";

const BLOCK = 512;
/** The longest path that the oldest tar header holds; longer ones take a header of their own. */
const SHORT_PATH = 100;

/** The files that a container is to start with, as one tar; undefined when there are none. Sources are relative to `directory`. */
export function uploadArchive(inputs: PropertyMap, directory: string, now = new Date()): Buffer | undefined {
  const uploads = objectsOf(inputs.uploads).filter(isObject);
  if (uploads.length === 0) return undefined;
  const entries = uploads.flatMap((upload) => {
    const path = String(upload.file).replace(/^\/+/, "");
    const content = contentOf(upload, directory);
    const entry = [header(path.slice(0, SHORT_PATH), modeOf(upload), content.length, now), content, padding(content)];
    return Buffer.byteLength(path) > SHORT_PATH ? [...longPath(path, now), ...entry] : entry;
  });
  return Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)]);
}

function contentOf({ content, contentBase64, source }: PropertyMap, directory: string): Buffer {
  if (typeof content === "string" && content !== "") return Buffer.from(content);
  if (typeof contentBase64 === "string" && contentBase64 !== "") return Buffer.from(contentBase64, "base64");
  return source ? readFileSync(resolve(directory, String(source))) : Buffer.alloc(0);
}

function modeOf({ permissions, executable }: PropertyMap): number {
  if (permissions) return Number.parseInt(String(permissions), 8);
  return executable === true ? 0o744 : 0o644;
}

/** GNU's way to say a long path: an entry whose content is the path of the next. */
function longPath(path: string, now: Date): Buffer[] {
  const content = Buffer.from(`${path}\0`);
  return [header("././@LongLink", 0, content.length, now, "L"), content, padding(content)];
}

function header(path: string, mode: number, size: number, now: Date, type = "0"): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, length: number) =>
    block.write(value.toString(8).padStart(length - 1, "0"), at, "ascii");
  block.write(path, 0, SHORT_PATH);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(Math.floor(now.getTime() / 1000), 136, 12);
  block.write(`        ${type}`, 148);
  block.write("ustar  \0", 257, "latin1");
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}

function padding(content: Buffer): Buffer {
  return Buffer.alloc(-content.length & (BLOCK - 1));
}
