import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import type Docker from "dockerode";
import { SetupError } from "./setup-error";
import { refuseTakenPorts, type WantedPort } from "./taken-ports";

describe("the ports of stack local", () => {
  let server: Server;
  let port: number;
  beforeEach(async () => {
    server = createServer();
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    port = (server.address() as { port: number }).port;
  });
  afterEach(() => server.close());

  const gateway = (): WantedPort => ({ key: "slipway:gateway.port", address: "127.0.0.1", port });
  const publishing = (...ports: number[]) =>
    ({ listContainers: async () => [{ Ports: ports.map((PublicPort) => ({ PublicPort })) }] }) as unknown as Docker;

  it("SC-14 are refused where something else listens there, with what takes another", async () => {
    const refused = refuseTakenPorts(publishing(port + 1), [gateway()]);
    await assert.rejects(refused, (error: Error) => {
      assert.ok(error instanceof SetupError);
      assert.equal(
        error.message,
        `something else listens on port ${port} of 127.0.0.1\nhint: end it, or take another port: ` +
          `./slipway config set --stack local --path slipway:gateway.port ${port + 1}`,
      );
      return true;
    });
  });

  it("SC-14 may be the stack's own, or free", async () => {
    await refuseTakenPorts(publishing(port), [gateway()]);
    server.close();
    await refuseTakenPorts(publishing(), [gateway()]);
  });
});
