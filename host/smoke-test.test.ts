import { strict as assert } from "node:assert";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { SmokeTest } from "../config/project";
import { runSmokeTest } from "./smoke-test";

const greets: SmokeTest = {
  name: "greets",
  container: "web",
  method: "POST",
  path: "/hello?to=you",
  headers: { "content-type": "text/plain", "x-token": "t" },
  body: "from me",
  expect: { status: 201, body: "hello you" },
};

describe("smoke test", () => {
  let server: Server;
  let port: number;
  before(async () => {
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        const right = request.method === "POST" && body === "from me" && request.headers["x-token"] === "t";
        response.writeHead(right ? 201 : 400).end(right ? "hello you" : `wrong: ${request.method} ${body}`);
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    port = (server.address() as AddressInfo).port;
  });
  after(() => void server.close());

  const run = (test: SmokeTest) => runSmokeTest(test, "127.0.0.1", port);

  it("MT-10 passes where method, path, headers and body bring the expected status and text", async () => {
    assert.equal(await run(greets), undefined);
  });

  it("MT-10 tells the status that came and the answer", async () => {
    const failure = await run({ ...greets, body: "other" });
    assert.equal(failure, "POST /hello?to=you answered 400 instead of 201: wrong: POST other");
  });

  it("MT-10 tells the text that is missing", async () => {
    const failure = await run({ ...greets, expect: { status: 201, body: "goodbye" } });
    assert.equal(failure, 'POST /hello?to=you answered 201, without the text "goodbye": hello you');
  });

  it("MT-10 nobody listening is a failure, not a crash", async () => {
    const failure = await runSmokeTest(greets, "127.0.0.1", 1);
    assert.match(failure ?? "", /^POST \/hello\?to=you: connect ECONNREFUSED/);
  });
});
