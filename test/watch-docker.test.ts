import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { withDockerAt } from "../host/docker-at.fixture";
import { checkRelease } from "../host/watch/check-release";
import { GatewayRequests } from "../host/watch/gateway-requests";
import { machineImages } from "./support/machine-images";
import { Sandbox } from "./support/sandbox";
import { until } from "./support/until";

/** A socket that leads to this machine's Docker, for as long as the test wants it to answer. */
class Door implements AsyncDisposable {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  constructor(readonly path: string) {}

  async open(): Promise<void> {
    const { socketPath } = new Docker().modem as unknown as { socketPath: string | (() => Promise<string>) };
    const target = typeof socketPath === "function" ? await socketPath() : socketPath;
    this.server = createServer((near) => {
      const far = connect(target);
      for (const socket of [near, far]) this.sockets.add(socket.on("error", () => socket.destroy()));
      near.on("close", () => far.destroy()).pipe(far);
      far.on("close", () => near.destroy()).pipe(near);
    });
    await new Promise<void>((done) => this.server?.listen(this.path, done));
  }

  async shut(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((done) => (this.server ? this.server.close(done) : done(undefined)));
    this.server = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shut();
  }
}

/** Prints what is written into a pipe. */
const PRINTS = "mkfifo /tmp/lines; while :; do cat /tmp/lines; done";

describe("a watch and a Docker that goes and comes", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let folder: string;
  let door: Door;
  let id: string;

  before(async () => {
    const { images } = await machineImages();
    sandbox = await Sandbox.create();
    ({ id } = await sandbox.run(images.postgres, { entrypoint: ["bash", "-c", PRINTS] }));
    folder = await mkdtemp(join(tmpdir(), "slipway-door-"));
    door = new Door(join(folder, "docker.sock"));
    await door.open();
  });
  after(async () => {
    await door?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
    await sandbox?.[Symbol.asyncDispose]();
  });

  /** As nginx writes them. */
  async function log(...statuses: number[]): Promise<void> {
    const lines = statuses.map((status) => `{"project":"shop","release":"aaaa","status":${status},"bytes":1}`);
    const command = ["bash", "-c", `printf '%s\\n' "$@" > /tmp/lines`, "log", ...lines];
    const exec = await sandbox.docker.getContainer(id).exec({ Cmd: command, AttachStdout: true });
    const output = await exec.start({});
    await new Promise((done) => output.on("end", done).resume());
  }

  it("RB-03 fault 33 follows the gateway's log again from where it was left: each request counts once", async () => {
    await withDockerAt(async () => {
      using requests = await GatewayRequests.follow(id, "shop", "aaaa", new Date(Date.now() - 60_000));
      const counts = (all: number, failed: number) =>
        until(`${all} requests`, async () => {
          await requests.catchUp();
          assert.deepEqual([requests.requests, requests.requestFailures], [all, failed]);
          return true;
        });
      await log(200, 500, 200);
      await counts(3, 1);
      await door.shut();
      await log(500, 200);
      await requests.catchUp();
      assert.equal(requests.requests, 3);
      await door.open();
      await counts(5, 2);
      await log(200);
      await counts(6, 2);
    }, door.path);
  });

  it("RB-02 fault 33 a check that Docker does not answer is not made; a container that is gone has failed it", async () => {
    const health = { command: ["true"], intervalSeconds: 1, timeoutSeconds: 5, deadlineSeconds: 5 };
    const worker = { service: "mailer", name: "mailer", id, health, pids: 1, responseTimeLimitMs: 1 };
    const check = (one = worker) => checkRelease([one], sandbox.name, {});
    await withDockerAt(async () => {
      assert.equal((await check()).kind, "good");
      await door.shut();
      assert.equal((await check()).kind, "not made");
      await door.open();
      assert.equal((await check()).kind, "good");
      assert.equal((await check({ ...worker, id: "gone" })).kind, "failed");
    }, door.path);
  });
});
