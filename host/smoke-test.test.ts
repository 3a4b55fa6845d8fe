import { strict as assert } from "node:assert";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { SmokeTest } from "../config/project";
import { masked } from "./masked";
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
  const servers: Server[] = [];
  let port: number;

  async function serverOf(answer: RequestListener): Promise<number> {
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    return (server.address() as AddressInfo).port;
  }

  before(async () => {
    port = await serverOf((request, response) => {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        const right = request.method === "POST" && body === "from me" && request.headers["x-token"] === "t";
        response.writeHead(right ? 201 : 400).end(right ? "hello you" : `wrong: ${request.method} ${body}`);
      });
    });
  });
  after(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });

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

  it("MT-10 MT-20 hides values in the answer before it shortens it", async () => {
    const token = "t-0123456789";
    const test = { ...greets, body: `${"x".repeat(280)}${token}` };
    const hide = async (text: string) => masked(text, { API_TOKEN: token });
    const failure = (await runSmokeTest(test, "127.0.0.1", port, { hide })) as string;
    assert.match(failure, /x\[A/);
    assert.ok(!failure.includes("t-0"), failure);
  });

  it("MT-10 SC-13 an answer that begins and never ends is a failure at the deadline", async () => {
    const drip = await serverOf((_, answer) => {
      const timer = setInterval(() => answer.write("data: hello you\n\n"), 20);
      answer.on("close", () => clearInterval(timer));
    });
    const failure = await runSmokeTest(greets, "127.0.0.1", drip, { timeoutSeconds: 0.2 });
    assert.equal(failure, "POST /hello?to=you: no answer within 0.2 s");
  });

  it("MT-10 keeps no more than the beginning of an endless page in memory", async () => {
    const long = await serverOf((_, answer) => answer.writeHead(201).end(`${"x".repeat(3_000_000)}hello you`));
    const failure = await runSmokeTest(greets, "127.0.0.1", long);
    assert.match(failure ?? "", /^POST \/hello\?to=you answered 201, without the text "hello you": x+…$/);
  });

  it("MT-10 nobody listening is a failure, not a crash", async () => {
    const failure = await runSmokeTest(greets, "127.0.0.1", 1);
    assert.match(failure ?? "", /^POST \/hello\?to=you: connect ECONNREFUSED/);
  });
});
