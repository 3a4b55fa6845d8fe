import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describePlatform } from "./description";
import { type Layout, layout } from "./layout";
import { withLock } from "./lock";
import { Log } from "./log";
import { notify } from "./notify";
import { platform } from "./platform.fixture";
import { continueRun } from "./run-id";

describe("notifications", () => {
  let root: string;
  let place: Layout;
  let server: Server;
  let port: number;
  /** What the webhook answers, one after the other; then 200. "hang": nothing. */
  let answers: (number | "hang")[];
  let bodies: string[];
  const pause = async () => undefined;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-notify-"));
    place = layout(root);
    answers = [];
    bodies = [];
    continueRun("20260304-050607-9f3a1c");
    server = createServer((request, answer) => {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        bodies.push(body);
        const status = answers.shift() ?? 200;
        if (status !== "hang") answer.writeHead(status).end();
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    port = (server.address() as { port: number }).port;
    await describePlatform(place, { ...platform, webhook: `http://127.0.0.1:${port}/services/T0/of-the-tests` });
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await rm(root, { recursive: true });
  });

  const log = () => new Log(place.log, { informationTo: "stderr" });
  const logged = () => readFile(place.log, "utf8");
  const waiting = () => readdir(join(place.state, "notifications"));

  it("MT-13 tells the webhook in a Slack-compatible body", async () => {
    await notify(place, log(), "shop: rolled back");
    assert.deepEqual(
      bodies.map((body) => JSON.parse(body)),
      [{ text: "shop: rolled back (run 20260304-050607-9f3a1c)" }],
    );
    assert.deepEqual(await waiting(), []);
  });

  it("SC-12 tries three times when the webhook is busy, and once when it refuses", async () => {
    answers = [503, 429];
    await notify(place, log(), "a", { pause });
    assert.equal(bodies.length, 3);
    answers = [404];
    await notify(place, log(), "b", { pause });
    assert.equal(bodies.length, 4);
    assert.match(await logged(), /WARN: the notification was not delivered \(the webhook answered 404\)/);
  });

  it("fault 53: while the webhook is down nothing fails; what waits is sent once, with the next one", async () => {
    answers = [500, 500, 500, 500, 500, 500];
    await notify(place, log(), "first", { now: new Date("2026-03-04T05:00:00Z"), pause });
    await notify(place, log(), "second", { now: new Date("2026-03-04T05:10:00Z"), pause });
    assert.equal((await waiting()).length, 2);
    const run = " (run 20260304-050607-9f3a1c)";
    bodies = [];
    await notify(place, log(), "third", { pause });
    await notify(place, log(), "fourth", { pause });
    assert.deepEqual(
      bodies.map((body) => JSON.parse(body).text),
      [
        `(at 2026-03-04T05:00:00.000Z) first${run}\n(at 2026-03-04T05:10:00.000Z) second${run}\nthird${run}`,
        `fourth${run}`,
      ],
    );
    assert.deepEqual(await waiting(), []);
  });

  it("fault 53: keeps the newest hundred while the webhook is down", async () => {
    await mkdir(join(place.state, "notifications"), { recursive: true });
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    for (let number = 0; number < 103; number++) {
      await notify(place, log(), `number ${number}`, { now: new Date(Date.UTC(2026, 0, 1, 0, number)), pause });
    }
    assert.equal((await waiting()).length, 100);
    assert.match((await waiting())[0] as string, /^20260101000300/);
  }).timeout(20_000);

  it("fault 7: are sent on a full disk, too; what is neither delivered nor kept is called lost", async () => {
    await notify(place, log(), "first", { pause });
    await rm(join(place.state, "notifications"), { recursive: true });
    await writeFile(join(place.state, "notifications"), "no folder");
    bodies = [];
    await notify(place, log(), "second", { pause });
    assert.deepEqual(
      bodies.map((body) => JSON.parse(body).text),
      ["second (run 20260304-050607-9f3a1c)"],
    );
    answers = [404];
    await notify(place, log(), "third", { pause });
    const text = await logged();
    assert.match(
      text,
      /not delivered \(the webhook answered 404\); it is lost, as it cannot be kept on disk \(\w+\)\n$/,
    );
    assert.doesNotMatch(text, /goes out with the next one/);
  });

  it("is sent alone while another process has the lock, and kept only where that fails", async () => {
    await withLock(join(place.state, "notifications"), "of the tests", 0, async () => {
      await notify(place, log(), "first", { totalMs: 600, pause });
      assert.deepEqual(
        bodies.map((body) => JSON.parse(body).text),
        ["first (run 20260304-050607-9f3a1c)"],
      );
      answers = [404];
      await notify(place, log(), "second", { totalMs: 600, pause });
    });
    assert.match(await logged(), /not delivered \(the webhook answered 404\); it goes out with the next one/);
    assert.equal((await waiting()).length, 1);
  });

  it("a webhook that never answers holds nothing up for longer than the limit of all attempts together", async () => {
    answers = ["hang", "hang", "hang"];
    const began = performance.now();
    await notify(place, log(), "a", { totalMs: 300 });
    assert(performance.now() - began < 3000);
    assert.equal(bodies.length, 1);
    assert.match(await logged(), /not delivered \(the webhook does not answer\)/);
  });

  it("MT-20 never logs the webhook's address", async () => {
    answers = [403];
    await notify(place, log(), "a", { pause });
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await notify(place, log(), "b", { pause });
    assert.match(await logged(), /not delivered \(ECONNREFUSED\)/);
    assert.doesNotMatch(await logged(), new RegExp(`of-the-tests|${port}`));
  });

  it("only logs where the stack has no webhook, and on a host that nothing was deployed to", async () => {
    await describePlatform(place, platform);
    await notify(place, log(), "a");
    await rm(place.platform);
    await notify(place, log(), "b");
    assert.deepEqual(bodies, []);
    assert.match(await logged(), /INFO: a\n.*INFO: b\n$/);
  });
});
