import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { SshServer } from "../../../test/golden/ssh-server";
import type { PropertyMap } from "../../property-value";
import type { CreateRequest } from "../../provider";
import { checkRequest, createRequest, diffRequest, updateRequest } from "../requests.fixture";
import { commandPackage } from ".";

const COMMAND = "command:remote:Command";

describe("command:remote:Command", () => {
  let server: SshServer;
  let connection: PropertyMap;
  let lines: string[];
  const provider = commandPackage().configure({});
  const create = (inputs: PropertyMap, overrides: Partial<CreateRequest> = {}) =>
    provider.create({ ...createRequest(COMMAND, { connection, ...inputs }, lines), ...overrides });

  before(async () => {
    server = await SshServer.start();
  });
  beforeEach(() => {
    lines = [];
    const { GOLDEN_SSH_PORT, GOLDEN_SSH_KEY, GOLDEN_SSH_HOST_KEY } = server.variables;
    connection = {
      ...{ host: "127.0.0.1", port: Number(GOLDEN_SSH_PORT), user: "golden", dialErrorLimit: 2, perDialTimeout: 5 },
      ...{ privateKey: readFileSync(String(GOLDEN_SSH_KEY), "utf8"), hostKey: String(GOLDEN_SSH_HOST_KEY) },
    };
  });
  after(async () => {
    await provider.close();
    await server.stop();
  });

  it("runs on the host, with stdin and environment, and has what it printed as outputs", async () => {
    const inputs = { create: "cat; echo $A; echo err >&2", stdin: "in ", environment: { A: "1" } };
    const { id, outputs } = await create(inputs);
    assert.match(id, /^thing[0-9a-f]{8}$/);
    assert.deepEqual(outputs, { connection, ...inputs, stdout: "in 1", stderr: "err" });
    assert.deepEqual(lines.sort(), ["info: err", "info: in 1"]);
  });

  it("commands for one host share a connection, eight at a time, or as many as the host takes", async () => {
    const many = (count: number) => Promise.all(Array.from({ length: count }, () => create({ create: "sleep 0.2" })));
    connection.perDialTimeout = 6; // Nobody else's.
    let before = server.logins;
    await many(8);
    await many(8);
    assert.equal(server.logins - before, 1);
    await many(9);
    assert.equal(server.logins - before, 2);

    connection.perDialTimeout = 7;
    server.maxSessions = 2;
    before = server.logins;
    await many(4);
    server.maxSessions = 10;
    assert.ok(server.logins - before >= 2, `${server.logins - before} logins`);
  });

  it("fails with the status and what it printed", async () => {
    await assert.rejects(create({ create: "echo partial; exit 3" }), {
      message: 'Process exited with status 3: running "echo partial; exit 3":\npartial\n',
    });
  });

  it("an environment variable that the host refuses is an error; for the last output it is a warning", async () => {
    await assert.rejects(
      create({ create: "true", environment: { A: "1", LONG: "hush" } }),
      (error: Error) =>
        /127.0.0.1 does not accept the environment variable LONG: name it in AcceptEnv/.test(error.message) &&
        !/hush/.test(error.message),
    );
    const old = { id: "i", inputs: { connection, create: "true" }, outputs: { stdout: "before", stderr: "" } };
    await provider.update(updateRequest(COMMAND, old, { connection, create: "true", stdin: "" }, lines));
    assert.match(lines.join("\n"), /^warning: Unable to set 'PULUMI_COMMAND_STDOUT': name it in AcceptEnv/);
  });

  it("a host that shows another key than the pinned one is refused at once, before anything is sent", async () => {
    connection.hostKey = String(server.variables.GOLDEN_SSH_OTHER_HOST_KEY);
    await assert.rejects(
      create({ create: "echo never" }),
      /^Error: host key mismatch: 127.0.0.1 showed SHA256:\S+, connection.hostKey is SHA256:\S+\. Either the host was made anew/,
    );
    assert.deepEqual(lines, []);
    connection.hostKey = "nonsense";
    await assert.rejects(create({ create: "echo never" }), /connection.hostKey cannot be read; it looks like/);
  });

  it("without a pinned key any is taken, and that is said once", async () => {
    delete connection.hostKey;
    await create({ create: "true" });
    assert.match(
      lines.join("\n"),
      /^warning: 127.0.0.1 is taken at its word: .* SHA256:\S+\)\. Pin it with connection.hostKey/,
    );
    lines.length = 0;
    await create({ create: "true" });
    assert.deepEqual(lines, []);
  });

  it("SC-12 a refused connection is tried again, a refused key is not; the reason is in the error, without the key", async () => {
    connection.privateKey = readFileSync(String(server.variables.GOLDEN_SSH_OTHER_KEY), "utf8");
    await assert.rejects(
      create({ create: "true" }),
      /^Error: 127.0.0.1 does not let golden in with the key, password or agent given/,
    );
    assert.equal(lines.length, 0);
    await assert.rejects(
      create({ create: "true", connection: { ...connection, port: 1 } }),
      /after 2 failed attempts: 127.0.0.1:1: connection refused/,
    );
    assert.equal(lines.filter((line) => line.startsWith("info: Dial 1/2 failed")).length, 1);
    connection.privateKey = "hush";
    await assert.rejects(
      create({ create: "true" }),
      (error: Error) => /connection.privateKey cannot be used/.test(error.message) && !/hush/.test(error.message),
    );
  });

  it("a connection that is lost in the middle is an error that says so", async () => {
    const relay = createServer((socket) => {
      const onward = createConnection(Number(connection.port), "127.0.0.1");
      socket
        .on("error", () => {})
        .pipe(onward.on("error", () => {}))
        .pipe(socket);
      relay.once("cut", () => [socket, onward].map((end) => end.destroy()));
    }).listen(0, "127.0.0.1");
    await new Promise((listening) => relay.once("listening", listening));
    const { port } = relay.address() as { port: number };
    const goOn = join(server.folder, "go-on");
    const command = `echo began; while ! [ -e ${goOn} ]; do sleep 0.02; done`;
    const running = create({ create: command, connection: { ...connection, port } });
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    relay.emit("cut");
    await assert.rejects(
      running,
      /the connection was lost.*; the command may still run on the host: running .*:\nbegan\n$/s,
    );
    writeFileSync(goOn, "");
    relay.close();
  });

  it("an abort ends it and says that the host may still be at work", async () => {
    const abort = new AbortController();
    const goOn = join(server.folder, "go-on-2");
    const running = create(
      { create: `echo began; while ! [ -e ${goOn} ]; do sleep 0.02; done` },
      { signal: abort.signal },
    );
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    abort.abort(new DOMException("", "TimeoutError"));
    await assert.rejects(running, /stopped, its time limit was over; what it started on the host may still run/);
    writeFileSync(goOn, "");
  });

  it("a changed connection is an update of the whole of it, which shows none of its parts", async () => {
    const old = { connection, create: "a" };
    const now = { connection: { ...connection, perDialTimeout: 6, password: "p" }, create: "a" };
    assert.deepEqual(await provider.diff(diffRequest(COMMAND, old, {}, now)), {
      changes: "some",
      diffs: ["connection"],
      detailedDiff: { connection: { kind: "update", inputDiff: false } },
    });
    const { failures } = await provider.check(checkRequest(COMMAND, { create: "a" }));
    assert.deepEqual(failures, [{ property: "connection", reason: "is missing" }]);
  });
});
