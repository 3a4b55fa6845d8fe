import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { AwsClient } from "aws4fetch";
import { fetchWithin } from "../fetch-within";
import { InterruptedError, stopped } from "../interruption";
import type { PlatformDescription } from "../requests";
import { type Digest, mismatch } from "./archive-file";

export type ObjectStoreSettings = NonNullable<PlatformDescription["s3"]>;

/** Bytes sent, and held, at once. */
const PART_BYTES = 16 * 1024 * 1024;
/** Longest wait for one answer, in seconds. */
const TIMEOUT_SECONDS = 300;
/** The same once somebody wants the end, for taking back what is half sent. */
const TAKE_BACK_SECONDS = 5;
/** SC-12. */
const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
const SHA256_HEADER = "x-amz-meta-sha256";

/** The object store refused for good: no further attempt would change it. */
export class RefusedError extends Error {}

/** A file cannot be sent, because it is not there or not what was listed: others can. */
export class UnsendableError extends Error {}

/** Files in an S3-compatible object store. The store checks each part against a checksum that is part of the signature. */
export class ObjectStore {
  private readonly client: AwsClient;
  private readonly root: string;

  constructor({ endpoint, region, bucket, prefix, accessKeyId, secretAccessKey }: ObjectStoreSettings) {
    this.client = new AwsClient({ accessKeyId, secretAccessKey, region, service: "s3", retries: 0 });
    this.root = `${endpoint.replace(/\/$/, "")}/${bucket}/${prefix}`;
  }

  /**
   * Puts a file, and makes sure that what is there then is the whole of it; one that is there already stays. Throws
   * `UnsendableError` for a file of ours, whatever the store made of it.
   */
  async put(key: string, path: string, expected: Digest): Promise<void> {
    if (await this.has(key, expected)) return;
    const file = await open(path, "r").catch((cause: Error) => {
      throw new UnsendableError(cause.message, { cause });
    });
    try {
      if (expected.bytes <= PART_BYTES) {
        const part = await read(file, 0, expected.bytes);
        check(path, sha256(part), expected);
        await this.send("PUT", key, "", part, { [SHA256_HEADER]: expected.sha256 });
      } else await this.putParts(key, path, file, expected);
    } finally {
      await file.close();
    }
    if (await this.has(key, expected)) return;
    throw new Error(`${this.root}${key} is not what was sent: its size or checksum differs`);
  }

  /**
   * Deletes what `put` made of a file; what is there instead of it stays. Resolves to whether the key is free then.
   * `expected`: left out for a file that is written anew from time to time.
   */
  async remove(key: string, expected?: Digest): Promise<boolean> {
    const { status, headers } = await this.send("HEAD", key);
    if (status === 404) return true;
    const found = headers.get(SHA256_HEADER);
    if (found === null || (expected && found !== expected.sha256)) return false;
    await this.send("DELETE", key);
    return true;
  }

  private async putParts(key: string, path: string, file: FileHandle, expected: Digest): Promise<void> {
    const { bytes } = expected;
    const sent = createHash("sha256");
    const begun = await this.send("POST", key, "?uploads=", undefined, { [SHA256_HEADER]: expected.sha256 });
    const upload = encodeURIComponent(element(await begun.text(), "UploadId"));
    const parts: string[] = [];
    try {
      for (let at = 0, number = 1; at < bytes; at += PART_BYTES, number++) {
        const part = await read(file, at, Math.min(PART_BYTES, bytes - at));
        sent.update(part);
        const { headers } = await this.send("PUT", key, `?partNumber=${number}&uploadId=${upload}`, part);
        parts.push(`<Part><PartNumber>${number}</PartNumber><ETag>${headers.get("etag")}</ETag></Part>`);
      }
      check(path, sent.digest("hex"), expected);
      const all = Buffer.from(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
      const answer = await this.send("POST", key, `?uploadId=${upload}`, all);
      element(await answer.text(), "ETag"); // A failure can come with status 200.
    } catch (error) {
      await this.send("DELETE", key, `?uploadId=${upload}`).catch(() => undefined);
      throw error;
    }
  }

  private async has(key: string, expected: Digest): Promise<boolean> {
    const { status, headers } = await this.send("HEAD", key);
    const isWhole = Number(headers.get("content-length")) === expected.bytes;
    return status === 200 && isWhole && headers.get(SHA256_HEADER) === expected.sha256;
  }

  private async send(
    method: "HEAD" | "GET" | "PUT" | "POST" | "DELETE",
    key: string,
    query = "",
    body?: Buffer,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const url = `${this.root}${key}${query}`;
    for (let attempt = 1; ; attempt++) {
      const isTakingBack = stopped.aborted && method === "DELETE";
      if (stopped.aborted && !isTakingBack) throw new InterruptedError();
      try {
        const request = await this.client.sign(url, {
          method,
          body,
          headers: {
            ...headers,
            "x-amz-content-sha256": createHash("sha256")
              .update(body ?? "")
              .digest("hex"),
          },
        });
        const answer = isTakingBack
          ? await fetchWithin(TAKE_BACK_SECONDS * 1000, request)
          : await fetchWithin(TIMEOUT_SECONDS * 1000, request, { signal: stopped });
        if (answer.ok || (method === "HEAD" && answer.status === 404)) return answer;
        const said = `${method} ${url.split("?")[0]} answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`;
        if (answer.status < 500 && answer.status !== 429) throw new RefusedError(said);
        throw new Error(said);
      } catch (error) {
        if (stopped.aborted) throw new InterruptedError();
        if (error instanceof RefusedError || attempt === ATTEMPTS) throw explained(error);
        await new Promise((done) => setTimeout(done, FIRST_PAUSE_MS * 2 ** (attempt - 1)));
      }
    }
  }
}

function sha256(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The store has checked what it got; this is whether it got what was listed. */
function check(path: string, found: string, expected: Digest): void {
  if (found !== expected.sha256) throw new UnsendableError(mismatch(path, found, expected.sha256));
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(buffer, at, length - at, position + at);
    if (bytesRead === 0) throw new UnsendableError(`the file ended at ${position + at} bytes while it was sent`);
    at += bytesRead;
  }
  return buffer;
}

function element(xml: string, name: string): string {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? [];
  if (text === undefined) throw new Error(`the object store did not answer with ${name}: ${xml.slice(0, 300)}`);
  return text;
}

/** `fetch` itself says no more than that it failed. */
function explained(error: unknown): unknown {
  const { message, cause } = error as Error;
  return cause instanceof Error ? new Error(`${message}: ${cause.message}`, { cause: error }) : error;
}
