import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * An image registry in memory, on a port of 127.0.0.1 that the kernel chose: as much of the distribution API as
 * `docker push` and `docker pull` need.
 */
export class LoopbackRegistry {
  private readonly blobs = new Map<string, Buffer>();
  private readonly uploads = new Map<string, Buffer>();
  /** By `repository:tag` and `repository@digest`. */
  private readonly manifests = new Map<string, { type: string; body: Buffer }>();
  private readonly server = createServer((request, response) => void this.answer(request, response));

  private constructor() {}

  static async start(): Promise<LoopbackRegistry> {
    const registry = new LoopbackRegistry();
    await new Promise<void>((listening) => registry.server.listen(0, "127.0.0.1", listening));
    return registry;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, headers = {}, body = "" } = this.answerTo(request, Buffer.concat(chunks));
    response.writeHead(status, { "Docker-Distribution-API-Version": "registry/2.0", ...headers });
    response.end(request.method === "HEAD" ? "" : body);
  }

  private answerTo(request: IncomingMessage, body: Buffer): Answer {
    const url = new URL(request.url ?? "/", "http://registry");
    const [, repository = "", kind, name = ""] = /^\/v2\/(.+)\/(manifests|blobs)\/(.*)$/.exec(url.pathname) ?? [];
    if (url.pathname === "/v2/") return { status: 200 };
    if (kind === "manifests") return this.manifest(request, repository, name, body);
    if (kind === "blobs" && name.startsWith("uploads/")) return this.upload(request, url, name.slice(8), body);
    return kind === "blobs" ? this.blob(name) : { status: 404 };
  }

  private manifest(request: IncomingMessage, repository: string, reference: string, body: Buffer): Answer {
    const at = (name: string) => `${repository}${name.startsWith("sha256:") ? "@" : ":"}${name}`;
    if (request.method === "PUT") {
      const entry = { type: request.headers["content-type"] ?? "", body };
      this.manifests.set(at(reference), entry).set(at(digestOf(body)), entry);
      return { status: 201, headers: { "Docker-Content-Digest": digestOf(body) } };
    }
    const found = this.manifests.get(at(reference));
    if (!found) return { status: 404, body: '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}' };
    const headers = { "Content-Type": found.type, "Docker-Content-Digest": digestOf(found.body) };
    return { status: 200, headers: { ...headers, "Content-Length": String(found.body.length) }, body: found.body };
  }

  private blob(digest: string): Answer {
    const body = this.blobs.get(digest);
    if (!body) return { status: 404 };
    return { status: 200, headers: { "Docker-Content-Digest": digest, "Content-Length": String(body.length) }, body };
  }

  private upload(request: IncomingMessage, url: URL, given: string, body: Buffer): Answer {
    const id = given || String(this.uploads.size + 1);
    const content = Buffer.concat([this.uploads.get(id) ?? Buffer.alloc(0), body]);
    this.uploads.set(id, content);
    if (request.method === "PUT") {
      this.blobs.set(digestOf(content), content);
      return { status: 201, headers: { "Docker-Content-Digest": url.searchParams.get("digest") ?? "" } };
    }
    const location = `${url.pathname.replace(/uploads\/.*$/, "uploads/")}${id}`;
    return { status: 202, headers: { Location: location, Range: `0-${Math.max(content.length - 1, 0)}` } };
  }
}

interface Answer {
  status: number;
  headers?: { [name: string]: string };
  body?: Buffer | string;
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
