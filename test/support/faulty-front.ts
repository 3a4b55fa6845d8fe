import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a request is answered in place of the server behind; `undefined`: by that server. */
export type Fault = (
  request: IncomingMessage,
) => { status: number; type?: string; body?: string } | "hang up" | "silence" | undefined;

/** An HTTP server on loopback that passes requests on to a port of this machine, but for those with a fault. */
export class FaultyFront implements AsyncDisposable {
  fault: Fault = () => undefined;
  /** Of all requests, as `GET /path`. */
  readonly seen: string[] = [];
  private readonly server = createServer((incoming, answer) => this.answer(incoming, answer));

  private constructor(private readonly behind: number) {}

  static async start(behind: number): Promise<FaultyFront> {
    const front = new FaultyFront(behind);
    await new Promise<void>((listening) => front.server.listen(0, "127.0.0.1", listening));
    return front;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private answer(incoming: IncomingMessage, answer: ServerResponse): void {
    this.seen.push(`${incoming.method} ${incoming.url}`);
    const fault = this.fault(incoming);
    if (fault === "hang up") return void incoming.socket.destroy();
    if (fault === "silence") return;
    if (fault) {
      const type = fault.type === undefined ? {} : { "content-type": fault.type };
      return void answer.writeHead(fault.status, type).end(fault.body);
    }
    const { method, url: path, headers } = incoming;
    const passed = request({ host: "127.0.0.1", port: this.behind, method, path, headers }, (given) => {
      answer.writeHead(given.statusCode ?? 500, given.headers);
      given.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    incoming.pipe(passed);
  }
}
