import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { Agent, type ClientRequest, request } from "node:http";
import type { Socket } from "node:net";
import { join } from "node:path";
import { gatewayWorkers } from "../../host/change-gateway";
import { limit } from "../support/fault-limits";
import { runHost } from "../support/host-command";
import { Ledger } from "../support/ledger/ledger";
import { underLoad } from "../support/ledger/under-load";
import { sampleRelease } from "../support/machine-images";
import { note } from "../support/note";
import { helloLike } from "../support/sample-projects";
import { until } from "../support/until";

const KEPT_CONNECTIONS = 1000;
const WEB_SOCKETS = 50;
/** Requests of theirs at a time, and the pause after them, in milliseconds: what two shared cores bear. */
const AT_ONCE = 50;
const PAUSE_MS = 150;
/**
 * A client that said nothing for that long asks on a new connection: after a reload the gateway closes one that is idle for
 * 10 s (`keepalive_min_timeout`), and a request sent at that very moment is lost.
 */
const SILENT_MS = 8_000;
/** Longest time that the gateway's old workers go on, in seconds. */
const DRAIN_SECONDS = 30;

describe("the gateway under load", function () {
  this.timeout(limit(180_000, 600_000));
  let ledger: Ledger;

  before(async () => {
    const others = { hello: helloLike("hello") };
    ledger = await Ledger.create({ others });
    await ledger.build("2.0.0");
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  it("fault 31 MT-12 MT-27 switches with 1,000 kept connections and 50 WebSockets open: none fails", async function () {
    await using connections = new KeptConnections(ledger.stack.gatewayPort, ledger.host);
    await connections.askAll();
    const sockets = await Promise.all(Array.from({ length: WEB_SOCKETS }, () => webSocket()));
    const oldWorkers = await gatewayWorkers(await gateway());
    try {
      const { outcome: run, text } = await underLoad(ledger, async () => {
        const deploy = ledger.stack.start(["deploy", "ledger", "2.0.0"]);
        const asked = connections.askUntil(deploy.done);
        await until("the switch", async () => (await ledger.served()) !== ledger.first, 90);
        await Promise.all(sockets.map(echoes));
        await asked;
        return deploy.done;
      });
      assert.equal(run.code, 0, run.output);
      assert.deepEqual(connections.failures, []);
      const began = Date.now();
      await until("the old workers to end", () => oldWorkersEnded(oldWorkers), DRAIN_SECONDS + 10);
      const seconds = (Date.now() - began) / 1000;
      await until("the WebSockets to be closed", () => sockets.every(({ destroyed }) => destroyed));
      note(
        this,
        `${text}; 0 of ${connections.asked} requests on ${KEPT_CONNECTIONS} kept connections failed; ` +
          `${WEB_SOCKETS} WebSockets went on, old workers ended ${seconds.toFixed(0)} s after the deploy`,
      );
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  it("fault 30 MT-22 nginx refuses the file of one project: it is named, what serves stays, and others deploy", async function () {
    const hello = { live: await sampleRelease("hello", "1.0.0", ledger.stack.registryPort) };
    await ledger.stack.succeed("config", "set", "--path", "slipway:releases.hello.live.version", hello.live.version);
    const path = "slipway:releases.hello.live.images.web";
    await ledger.stack.succeed("config", "set", "--path", path, hello.live.images.web as string);
    await ledger.stack.deployed();
    const serving = await ledger.served();
    const { text } = await underLoad(ledger, async () => {
      const refused = await attachWith("server {\n  nonsense on;\n}\n");
      assert.equal(refused.code, 1, refused.output);
      assert.match(refused.output, /the gateway refused the new configuration; the one before stays in force/);
      assert.match(refused.output, /unknown directive "nonsense" in .*sites\/ledger\.conf:2/);
      assert.equal(await ledger.served(), serving);
      const other = await ledger.stack.slipway("deploy", "hello", "1.1.0");
      assert.equal(other.code, 0, other.output);
    });
    note(this, `${text}; the refused file was named, another project was deployed meanwhile`);
  });

  for (const path of ["sites/ledger.conf", "routes/ledger/locations.conf"]) {
    it(`fault 30 MT-22 somebody breaks ${path} by hand: another project is deployed, and the file mended`, async function () {
      const file = join(ledger.stack.folder, ".slipway/var/lib/slipway/gateway/current", path);
      const before = await readFile(file, "utf8");
      const serving = await ledger.served();
      const { hello } = (await ledger.stack.outputs()).projects;
      const next = hello?.version === "1.0.0" ? "1.1.0" : "1.0.0";
      const { text } = await underLoad(ledger, async () => {
        await writeFile(file, `${before}nonsense on;\n`);
        const other = await ledger.stack.slipway("deploy", "hello", next);
        assert.equal(other.code, 0, other.output);
        assert.match(other.output, new RegExp(`WARN: nginx refused ${path}, edited by hand`));
      });
      assert.equal(await readFile(file, "utf8"), before);
      assert.equal(await ledger.served(), serving);
      await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
      note(this, `${text}; the broken file was named and mended, another project was deployed`);
    });
  }

  it("MT-22 the same is so for a rollback on the host alone", async () => {
    const path = "sites/ledger.conf";
    const file = join(ledger.stack.folder, ".slipway/var/lib/slipway/gateway/current", path);
    const before = await readFile(file, "utf8");
    await writeFile(file, `${before}nonsense on;\n`);
    const { code, log } = await runHost(ledger.stack, "rollback", { project: "hello", by: "ann" });
    assert.equal(code, 0, log);
    assert.match(log, /WARN: nginx refused sites\/ledger\.conf of the gateway, which was edited by hand/);
    assert.equal(await readFile(file, "utf8"), before);
    await ledger.stack.succeed("rollback", "hello", "--yes");
  });

  it("fault 36 MT-22 two projects are deployed at once: both succeed, one switch after the other", async function () {
    const { text } = await underLoad(ledger, async () => {
      const deploys = [
        ["hello", "1.0.0"],
        ["ledger", "1.0.0"],
      ].map((what) => ledger.stack.start(["deploy", ...what]).done);
      for (const run of await Promise.all(deploys)) assert.equal(run.code, 0, run.output);
    });
    assert.equal(await ledger.served(), ledger.first);
    assert.match((await ledger.stack.get("hello.localhost")).body, /1\.0\.0/);
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    note(this, `${text}; both exit 0`);
  });

  async function gateway(): Promise<string> {
    return (await ledger.stack.infrastructure()).gateway as string;
  }

  async function oldWorkersEnded(before: number[]): Promise<boolean> {
    const now = await gatewayWorkers(await gateway());
    return !before.some((pid) => now.includes(pid));
  }

  /** What the program asks of the host for the ledger, with another gateway file: none that it writes is refused. */
  async function attachWith(site: string): Promise<{ code: number | null; output: string }> {
    const { checkpoint } = JSON.parse(await readFile(ledger.stack.checkpointFile, "utf8"));
    const resources = checkpoint.latest.resources as { urn: string; inputs: { stdin: string } }[];
    const attachment = resources.find(({ urn }) => urn.endsWith("::ledger-attachment"));
    const asked = { ...JSON.parse(attachment?.inputs.stdin ?? "{}"), site };
    const program = join(ledger.stack.folder, ".slipway/opt/slipway/host.js");
    const child = spawn(process.execPath, [program, "attach"], { stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    for (const channel of [child.stdout, child.stderr]) {
      channel.setEncoding("utf8").on("data", (part: string) => {
        output += part;
      });
    }
    child.stdin.end(JSON.stringify(asked));
    const [code] = await once(child, "close");
    return { code, output };
  }

  function webSocket(): Promise<Socket> {
    const headers = {
      ...{ host: ledger.host, connection: "Upgrade", upgrade: "websocket" },
      ...{ "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version": "13" },
    };
    return new Promise((done, fail) => {
      const options = {
        host: "127.0.0.1",
        port: ledger.stack.gatewayPort,
        path: "/echo",
        headers,
        agent: false as const,
      };
      const sent: ClientRequest = request(options);
      sent.on("upgrade", (_answer, socket: Socket) => done(socket.on("error", () => undefined)));
      sent.on("response", ({ statusCode }) => fail(new Error(`status ${statusCode}`)));
      sent.on("error", fail);
      sent.end();
    });
  }

  function echoes(socket: Socket): Promise<void> {
    return new Promise((done, fail) => {
      socket.once("data", () => done());
      socket.once("close", () => fail(new Error("closed")));
      socket.write("ping");
    });
  }
});

/** Clients with a connection each, which they keep, and ask on again and again. */
class KeptConnections implements AsyncDisposable {
  asked = 0;
  readonly failures: string[] = [];
  private readonly clients = Array.from({ length: KEPT_CONNECTIONS }, () => ({
    agent: new Agent({ keepAlive: true, maxSockets: 1 }),
    asked: performance.now(),
  }));

  constructor(
    private readonly port: number,
    private readonly host: string,
  ) {}

  /** A request on every connection, some at a time. */
  async askAll(): Promise<void> {
    for (let at = 0; at < this.clients.length; at += AT_ONCE) {
      const answers = await Promise.all(this.clients.slice(at, at + AT_ONCE).map((client) => this.get(client)));
      this.asked += answers.length;
      this.failures.push(...answers.filter((answer) => answer !== ""));
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }

  /** Goes on until something is done, and once more. */
  async askUntil(done: Promise<unknown>): Promise<void> {
    let isDone = false;
    void done.then(() => {
      isDone = true;
    });
    while (!isDone) await this.askAll();
    await this.askAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { agent } of this.clients) agent.destroy();
  }

  private get(client: { agent: Agent; asked: number }): Promise<string> {
    const { agent } = client;
    if (performance.now() - client.asked > SILENT_MS) agent.destroy();
    client.asked = performance.now();
    return new Promise((done) => {
      const sent = request({ host: "127.0.0.1", port: this.port, path: "/", headers: { host: this.host }, agent });
      sent.on("response", (answer) => {
        answer.resume();
        answer.on("end", () => done(answer.statusCode === 200 ? "" : `status ${answer.statusCode}`));
      });
      sent.on("error", (error) => done(error.message));
      sent.end();
    });
  }
}
