import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { HealthCheck } from "../config/project";
import { probe } from "./probe";

describe("a probe of a health path", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  /** What a probe says of a server that answers like this. */
  async function probed(answer: RequestListener, health: Partial<HealthCheck> = {}): Promise<string | undefined> {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const container = {
      ...{ service: "web", name: "web", id: "", port, pids: 1, responseTimeLimitMs: 1000 },
      health: { path: "/up", intervalSeconds: 0.1, timeoutSeconds: 0.2, deadlineSeconds: 1, ...health },
    };
    return probe(container, "127.0.0.1");
  }

  it("fault 27 passes with any 2xx; a redirect is a failure", async () => {
    assert.equal(await probed((_, answer) => answer.writeHead(204).end()), undefined);
    const redirect: RequestListener = (_, answer) => answer.writeHead(302, { location: "/" }).end();
    assert.equal(await probed(redirect), "GET /up answered 302");
  });

  it("fault 27 fails when nothing comes in time, and when an answer begins and never ends", async () => {
    assert.match((await probed(() => undefined)) as string, /no answer within 0\.2 s/);
    const drip: RequestListener = (_, answer) => {
      const timer = setInterval(() => answer.write("."), 50);
      answer.on("close", () => clearInterval(timer));
    };
    assert.match((await probed(drip)) as string, /no answer within 0\.2 s/);
  });

  it("fault 27 fails when the answer is without the expected text, whatever its status", async () => {
    const page: RequestListener = (_, answer) => answer.end("<h1>Störung</h1>");
    assert.equal(await probed(page, { expect: "well" }), 'GET /up answered 200, without the text "well"');
    assert.equal(await probed(page, { expect: "Störung" }), undefined);
  });
});
