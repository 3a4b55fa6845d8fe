import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

describe("the object store", () => {
  it("SC-08 fault 4 a store that takes a request and never answers keeps nobody from the end: SIGTERM gives it up", async () => {
    const asked: string[] = [];
    const server = createServer((request, answer) => {
      asked.push(request.method ?? "");
      if (request.method === "HEAD") answer.writeHead(404).end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const put = once(server, "request").then(() => once(server, "request"));
    const program = `
      const { listenForInterrupts } = require("./host/interruption");
      const { ObjectStore } = require("./host/backup/object-store");
      const { digestOf } = require("./host/backup/archive-file");
      const store = new ObjectStore(JSON.parse(process.argv[1]));
      listenForInterrupts(() => undefined);
      digestOf("package.json")
        .then((digest) => store.put("key", "package.json", digest))
        .catch((error) => process.stdout.write(error.name, () => process.exit(7)));`;
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const settings = { endpoint, region: "r", bucket: "b", prefix: "", accessKeyId: "k", secretAccessKey: "s" };
    const arguments_ = ["-r", "ts-node/register/transpile-only", "-e", program, JSON.stringify(settings)];
    const child = spawn(process.execPath, arguments_, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (text) => {
      said += text;
    });
    const closed = once(child, "close");
    try {
      await put;
      child.kill("SIGTERM");
      assert.deepEqual([await closed, said, asked], [[7, null], "InterruptedError", ["HEAD", "PUT"]]);
    } finally {
      child.kill("SIGKILL");
      server.closeAllConnections();
      server.close();
    }
  }).timeout(60_000);
});
