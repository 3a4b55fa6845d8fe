import { strict as assert } from "node:assert";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolveVersion } from "./registry-version";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("a version of a registry", () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  /** A registry that answers like this; with the paths that it was asked for. */
  async function registryOf(answer: RequestListener): Promise<{ registry: string; asked: string[] }> {
    const asked: string[] = [];
    const made = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      answer(request, response);
    });
    server = made;
    await new Promise<void>((done) => made.listen(0, "127.0.0.1", done));
    return { registry: `127.0.0.1:${(made.address() as AddressInfo).port}`, asked };
  }

  const path = "shop/web";

  it("SC-12 fault 32 is asked for again where the registry is busy for a moment, or cuts the connection", async () => {
    let answers = 0;
    const { registry } = await registryOf((request, response) => {
      answers++;
      if (answers === 1) response.writeHead(503).end();
      else if (answers === 2) request.socket.destroy();
      else response.writeHead(200, { "docker-content-digest": DIGEST }).end();
    });
    assert.equal(await resolveVersion({ registry, path }, "1.1.0"), `${registry}/${path}@${DIGEST}`);
  });

  it("SC-12 fault 32 is given up after three tries, with what the registry answered", async () => {
    const { registry, asked } = await registryOf((_, response) => void response.writeHead(503).end());
    const message = `the registry ${registry} answered 503 for shop/web`;
    await assert.rejects(resolveVersion({ registry, path }, "1.1.0"), { message, exitCode: 1 });
    assert.equal(asked.length, 3);
  });

  it("SC-12 a refused login, and what is not there, are asked for once", async () => {
    const refusing = await registryOf((_, response) => void response.writeHead(403).end());
    await assert.rejects(resolveVersion({ registry: refusing.registry, path }, "1.1.0"), /refuses the login/);
    assert.equal(refusing.asked.length, 1);
    server?.close();
    const empty = await registryOf((_, response) => void response.writeHead(404).end());
    await assert.rejects(resolveVersion({ registry: empty.registry, path }, "1.1.0"), /has no version 1\.1\.0/);
    assert.equal(empty.asked.filter((what) => what.startsWith("HEAD")).length, 1);
  });
});
