import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { fetchWithin } from "./fetch-within";

describe("a request with a time limit", () => {
  let server: Server | undefined;

  afterEach(() => {
    server?.close();
  });

  /** A server of its own for each test: connections outlive requests. */
  async function listening(answer: (socket: Socket) => void): Promise<string> {
    server = createServer((socket) => answer(socket.on("error", () => undefined)));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  /** The first request of a process of its own; resolves to what came of it, which is nothing where it just ended. */
  async function first(url: string): Promise<string> {
    const code = `require("ts-node/register/transpile-only");
      require(${JSON.stringify(require.resolve("./fetch-within"))}).fetchWithin(500, "${url}").then(
        (answer) => console.log(answer.status),
        (error) => console.log(error.cause?.code ?? error.name),
      );`;
    const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    for await (const part of child.stdout.setEncoding("utf8")) said += part;
    return said.trim();
  }

  it("fails where the connection is closed as it is made, instead of ending the process in silence", async function () {
    this.timeout(10_000);
    const url = await listening((socket) => socket.destroy());
    assert.match(await first(url), /^(TimeoutError|ECONNRESET|UND_ERR_SOCKET)$/);
  });

  it("ends after its time, and when it is told to", async () => {
    const url = await listening(() => undefined);
    await assert.rejects(fetchWithin(50, url), { name: "TimeoutError" });
    const told = new AbortController();
    const asked = fetchWithin(60_000, url, { signal: told.signal });
    told.abort();
    await assert.rejects(asked, { name: "AbortError" });
  });

  it("answers within it", async () => {
    const ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";
    const url = await listening((socket) => socket.once("data", () => socket.end(ok)));
    assert.equal(await (await fetchWithin(5000, url)).text(), "ok");
  });
});
