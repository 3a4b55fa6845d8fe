import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { mayHubAnswer, pull } from "./image-hub";

describe("the image hub", () => {
  const { fetch } = globalThis;
  afterEach(() => {
    globalThis.fetch = fetch;
  });

  it("is not called unreachable behind a proxy, which the engine alone goes through", async () => {
    globalThis.fetch = () => Promise.reject(new Error("no route"));
    assert.equal(await mayHubAnswer({ HTTPS_PROXY: "http://proxy.test:3128" }), true);
    assert.equal(await mayHubAnswer({ NO_PROXY: "a.test" }), false);
  });

  describe("as the engine reaches it", () => {
    let folder: string;
    let server: Server;
    let engine: Docker;
    let begins = false;

    before((done) => {
      folder = mkdtempSync(join(tmpdir(), "slipway-hub-"));
      const socketPath = join(folder, "engine.sock");
      engine = new Docker({ socketPath });
      server = createServer((_, response) => {
        if (begins) response.write('{"status":"Pulling from library/debian"}\n');
      });
      server.listen(socketPath, done);
    });
    after((done) => {
      server.closeAllConnections();
      server.close(() => {
        rmSync(folder, { recursive: true });
        done();
      });
    });

    for (const [what, hasBegun] of [
      ["that does not begin", false],
      ["that does not end", true],
    ] as const) {
      it(`is given up at a pull ${what}`, async () => {
        begins = hasBegun;
        await assert.rejects(pull(engine, "debian:trixie-slim", 0.1), /^Error: not pulled within 0\.1 s$/);
      });
    }
  });
});
