import { strict as assert } from "node:assert";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { answerWithin } from "./request-deadline";

describe("a request that is answered in time or not at all", () => {
  let server: Server;
  before(async () => {
    server = createServer((_, answer) => {
      const timer = setInterval(() => answer.write("."), 20);
      answer.on("close", () => clearInterval(timer));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("fault 27 SC-13 an answer that trickles on for ever ends at the deadline", async () => {
    const { port } = server.address() as AddressInfo;
    const failure = await new Promise<Error>((done) => {
      const sent = request({ host: "127.0.0.1", port, agent: false }, (answer) => answer.resume());
      sent.on("error", done);
      answerWithin(sent, 200);
      sent.end();
    });
    assert.equal(failure.message, "no answer within 0.2 s");
  });
});
