import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join, resolve } from "node:path";
import { exec } from "../host/docker";
import { type Answer, httpRequest } from "./support/http-request";
import { machineImages } from "./support/machine-images";
import { Sandbox, type SandboxContainer } from "./support/sandbox";
import { until } from "./support/until";

const SOURCE = resolve(__dirname, "../examples/calendar");
const BOUNDARY = "edge-of-a-part";
const MULTIPART = { "content-type": `multipart/form-data; boundary=${BOUNDARY}` };

/** A form that imports one of the sample feeds. */
function importForm(name: string): string {
  const feed = readFileSync(join(SOURCE, "frontend/public/samples/team.ics"), "utf8");
  const part = (disposition: string, content: string) =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
  return `${part('name="name"', name)}${part('name="file"; filename="team.ics"', feed)}--${BOUNDARY}--\r\n`;
}

describe("the sample calendar's backend", function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let postgres: SandboxContainer;
  const images: Record<string, string> = {};
  const env = { DATABASE_URL: "postgresql://calendar:pw@database:5432/calendar", SECRET_KEY: "of the tests" };

  before(async function () {
    this.timeout(600_000);
    const record = await machineImages();
    for (const { container, version, image } of record.samples) if (container === "backend") images[version] = image;
    sandbox = await Sandbox.create();
    postgres = await sandbox.run(record.images.postgres, { hardened: false, alias: "database" });
    await databaseReady();
    for (const sql of ["create role calendar login password 'pw'", "create database calendar owner calendar"]) {
      assert.equal((await exec(postgres.id, ["psql", "-qXc", sql])).exitCode, 0);
    }
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  const databaseReady = () =>
    until("Postgres", async () => (await exec(postgres.id, ["/healthcheck"])).exitCode === 0, 60);
  const call = ({ port }: SandboxContainer, path: string, body?: string, headers?: Record<string, string>) =>
    httpRequest(port, "calendar.localhost", path, body === undefined ? {} : { method: "POST", headers, body });
  const upload = (backend: SandboxContainer, name: string) =>
    call(backend, "/api/calendars", importForm(name), MULTIPART);
  const events = async (backend: SandboxContainer, query: string) =>
    JSON.parse((await call(backend, `/api/events?${query}`)).body).events as {
      summary: string;
      categories?: string[];
    }[];

  async function migrate(version: string): Promise<void> {
    const { code, output } = await sandbox.finish(images[version] as string, ["alembic", "upgrade", "head"], { env });
    assert.equal(code, 0, output);
  }

  async function pending(version: string): Promise<string> {
    const { output } = await sandbox.finish(images[version] as string, ["python3", "-m", "app.pending"], { env });
    return output;
  }

  async function started(version: string): Promise<SandboxContainer> {
    const backend = await sandbox.run(images[version] as string, { env, port: 8080 });
    await until("the backend", async () => (await call(backend, "/healthz")).status === 200, 60);
    return backend;
  }

  it("passes its own tests in both versions", async () => {
    for (const version of ["1.0.0", "1.1.0"]) {
      const { code, output } = await sandbox.finish(
        images[version] as string,
        ["python3", "-m", "unittest", "discover", "tests"],
        { binds: [`${join(SOURCE, "backend/tests")}:/srv/calendar/tests:ro`] },
      );
      assert.equal(code, 0, output);
    }
  });

  it("names its pending migrations, and 1.0.0 works on unchanged with the schema of 1.1.0", async () => {
    assert.equal(await pending("1.1.0"), "0001 Calendars and their events.\n0002 Categories of events.\n");
    await migrate("1.0.0");
    const old = await started("1.0.0");
    assert.equal((await upload(old, "Before")).status, 201);
    assert.equal(await pending("1.1.0"), "0002 Categories of events.\n");
    await migrate("1.1.0");
    assert.equal(await pending("1.1.0"), "");

    const count = (await events(old, "text=stand-up")).length;
    assert.ok(count > 0);
    assert.equal((await upload(old, "After")).status, 201);
    assert.equal((await events(old, "text=stand-up")).length, 2 * count);

    const next = await started("1.1.0");
    assert.deepEqual(await events(next, "category=Release"), [], "rows of 1.0.0 have no categories");
    await upload(next, "After");
    const releases = await events(next, "category=Release");
    assert.ok(releases.length > 0);
    assert.ok(releases.every(({ summary, categories }) => summary === "Release goes live" && categories?.length === 1));
  });

  it("serves what a filter leaves at an address that cannot be made up", async () => {
    const backend = await started("1.1.0");
    await upload(backend, "Feed");
    const made = await call(backend, "/api/feeds", '{"text":"on-call"}', { "content-type": "application/json" });
    const { path } = JSON.parse(made.body) as { path: string };
    const feed = await call(backend, path);
    assert.match(String(feed.headers["content-type"]), /^text\/calendar/);
    assert.match(feed.body, /SUMMARY:On-call handover/);
    assert.doesNotMatch(feed.body, /Stand-up/);
    const forged = path.replace("/ical/", "/ical/x");
    assert.equal((await call(backend, forged)).status, 404);
  });

  it("refuses what is no feed, and addresses that only the server can reach", async () => {
    const backend = await started("1.1.0");
    const form = (field: string, value: string) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n\r\nBad\r\n--${BOUNDARY}\r\n` +
      `Content-Disposition: form-data; ${field}\r\n\r\n${value}\r\n--${BOUNDARY}--\r\n`;
    const send = (field: string, value: string) => call(backend, "/api/calendars", form(field, value), MULTIPART);
    const refused = ({ status, body }: Answer) => ({ status, reason: JSON.parse(body).detail });
    const { status, reason } = refused(await send('name="file"; filename="x"', "<html>"));
    assert.equal(status, 422);
    assert.match(reason, /^this is not an iCalendar feed/);
    assert.deepEqual(refused(await send('name="url"', "http://database:5432/")), {
      status: 422,
      reason: "database is not a public address",
    });
  });

  it("says that it is unhealthy, and why, while its database is away, and recovers", async () => {
    const backend = await started("1.1.0");
    await sandbox.stop(postgres.id);
    const { status, body } = await call(backend, "/healthz");
    assert.equal(status, 503);
    assert.deepEqual(JSON.parse(body), { status: "unhealthy", reason: "the database does not answer" });
    await sandbox.docker.getContainer(postgres.id).start();
    await databaseReady();
    await until("the backend", async () => (await call(backend, "/healthz")).status === 200);
  });

  it("MT-27 finishes a request that is under way when it is told to stop", async () => {
    const backend = await started("1.1.0");
    const body = importForm("Late");
    const sent = request({
      host: "127.0.0.1",
      port: backend.port,
      path: "/api/calendars",
      method: "POST",
      headers: { ...MULTIPART, "content-length": Buffer.byteLength(body), expect: "100-continue" },
    });
    sent.flushHeaders();
    await once(sent, "continue"); // The application waits for the form.
    const stopped = sandbox.stop(backend.id);
    await until("the port to close", async () =>
      call(backend, "/healthz").then(
        () => false,
        () => true,
      ),
    );
    sent.end(body);
    const [answer] = await once(sent, "response");
    assert.equal(answer.statusCode, 201);
    answer.resume();
    assert.equal(await stopped, 0);
  });
});
