import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withDockerAt } from "../docker-at.fixture";
import { Log } from "../log";
import { missingImage } from "./missing-image";
import { pullImage } from "./pull-image";

const IMAGE = `registry.test/shop@sha256:${"a".repeat(64)}`;

describe("an image that a host pulls by itself", () => {
  let root: string;
  let engines = 0;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-pull-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  type Answer = (response: ServerResponse) => unknown;
  const streamed =
    (event: object): Answer =>
    (response) =>
      response.end(`${JSON.stringify(event)}\r\n`);
  const done = streamed({ status: "Download complete" });
  const busy = streamed({ error: "received unexpected HTTP status: 503 Service Unavailable" });
  const refused =
    (statusCode: number, message: string): Answer =>
    (response) =>
      response.writeHead(statusCode, { "content-type": "application/json" }).end(JSON.stringify({ message }));

  /** Against a Docker engine that answers so, one after the other; returns how often it was asked. */
  async function asked(answers: Answer[], action: () => Promise<unknown>): Promise<number> {
    let times = 0;
    const server = createServer(({ method, url = "" }, response) => {
      if (method === "GET" && !url.includes("/distribution/")) return refused(404, "no such image")(response);
      return (answers[times++] ?? done)(response);
    });
    // Another one each time: connections to the one before are kept for a while.
    const socket = join(root, `docker-${engines++}.sock`);
    await new Promise<void>((listening) => server.listen(socket, listening));
    try {
      await withDockerAt(action, socket);
    } finally {
      server.closeAllConnections();
      server.close();
    }
    return times;
  }
  const pulled = (limitSeconds = 10) =>
    pullImage(new Log(join(root, "log"), { informationTo: "nowhere" }), IMAGE, { limitSeconds, firstPauseMs: 1 });

  it("SC-12 is asked for again, three times at most, while its registry is out of reach", async () => {
    assert.equal(await asked([busy, refused(500, "dial tcp: connection refused"), done], () => pulled()), 3);
    const always = () => assert.rejects(pulled(), /503 Service Unavailable/);
    assert.equal(await asked(Array(9).fill(busy), always), 4);
  });

  it("SC-12 is asked for once where the registry does not have it, or wants a login, and that says what to do", async () => {
    const gone = () => assert.rejects(pulled(), { message: "manifest for it not found" });
    assert.equal(await asked([refused(404, "manifest for it not found")], gone), 1);
    const message =
      "the registry registry.test wants a login, which this host does not keep: a deploy or a rollback from the " +
      `repository brings the image back, or here: docker login registry.test, then docker pull ${IMAGE}`;
    for (const answer of [refused(500, "pull access denied"), streamed({ error: "unauthorized: who is it?" })]) {
      assert.equal(await asked([answer], () => assert.rejects(pulled(), { message })), 1);
    }
  });

  it("SC-13 is given up after its time", async () => {
    const silent: Answer = (response) => response.write("{}\r\n");
    const late = () => assert.rejects(pulled(0.2), { message: "it took longer than 0.2 s" });
    assert.equal(await asked([silent], late), 1);
  });

  it("SC-12 is not called missing while its registry is only busy", async () => {
    const there: Answer = (response) => response.writeHead(200, { "content-type": "application/json" }).end("{}");
    const found = async () => assert.equal(await missingImage(IMAGE), undefined);
    assert.equal(await asked([refused(500, "unexpected status: 503 Service Unavailable"), there], found), 2);
  });
});
