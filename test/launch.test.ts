import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { sampleRelease } from "./support/machine-images";
import { helloLike, sampleProjects } from "./support/sample-projects";
import { type Run, TestStack } from "./support/test-stack";

const HELLO = "hello.localhost";
const CALENDAR = "calendar.localhost";
const ICS = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//slipway//test//EN
BEGIN:VEVENT
UID:keel@test
DTSTAMP:20300101T000000Z
DTSTART:20300102T090000Z
DTEND:20300102T100000Z
SUMMARY:Keel laying
END:VEVENT
END:VCALENDAR
`.replaceAll("\n", "\r\n");

describe("a first launch, redeploys and the way back", function () {
  this.timeout(120_000);
  let stack: TestStack;

  before(async () => {
    const { projects } = sampleProjects();
    stack = await TestStack.create({ projects: { projects: { ...projects, dinghy: helloLike("dinghy") } } });
    await stack.configure({
      releases: {
        hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) },
        calendar: { live: await sampleRelease("calendar", "1.0.0", stack.registryPort) },
      },
    });
    await stack.succeed("config", "set", "--secret", "--path", "slipway:variables.calendar.SECRET_KEY", "of the tests");
  });
  after(() => stack?.[Symbol.asyncDispose]());

  async function deployHello(version: string): Promise<Run> {
    const { images } = await sampleRelease("hello", version, stack.registryPort);
    const path = "slipway:releases.hello.live";
    await stack.succeed("config", "set", "--path", `${path}.version`, version);
    await stack.succeed("config", "set", "--path", `${path}.images.web`, images.web as string);
    return stack.deployed();
  }

  async function deployCalendar(version: string): Promise<Run> {
    const hello = await sampleRelease("hello", "1.0.0", stack.registryPort);
    const calendar = await sampleRelease("calendar", version, stack.registryPort);
    await stack.configure({ releases: { hello: { live: hello }, calendar: { live: calendar } } });
    return stack.deployed();
  }

  async function release(project: string): Promise<string> {
    return (await stack.outputs()).projects[project]?.release ?? "";
  }

  const ids = async () => (await stack.containers()).map(({ Id }) => Id).sort();

  async function importEvent(): Promise<void> {
    const boundary = "edge-of-a-part";
    const part = (disposition: string, content: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
    const body = `${part('name="name"', "Yard")}${part('name="file"; filename="yard.ics"', ICS)}--${boundary}--\r\n`;
    const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
    const answer = await stack.get(CALENDAR, "/api/calendars", { method: "POST", headers, body });
    assert.equal(answer.status, 201, answer.body);
  }

  async function eventTitles(): Promise<string[]> {
    const { status, body } = await stack.get(CALENDAR, "/api/events");
    assert.equal(status, 200, body);
    return (JSON.parse(body) as { events: { summary: string }[] }).events.map(({ summary }) => summary);
  }

  /** What a project's migrations left as the schema's revision. */
  async function revision(): Promise<string> {
    const { postgres } = await stack.infrastructure();
    const query = "select version_num from alembic_version";
    return execFileSync(
      "docker",
      ["exec", "--user", "postgres", postgres as string, "psql", "-AtXc", query, "calendar"],
      {
        encoding: "utf8",
      },
    ).trim();
  }

  it("PU-02 OV-03 one `up` brings up gateway, Postgres, registry and the projects' first releases", async () => {
    const run = await stack.deployed();
    assert.match(run.stdout, /Resources:\n\s+\+ \d+ created\n/);
    assert.deepEqual(Object.keys(await stack.infrastructure()).sort(), ["gateway", "postgres", "registry"]);
  });

  it("MT-02 each project answers on its own domain, the API from the backend, everything else from the frontend", async () => {
    const [hello, page, api] = await Promise.all([
      stack.get(HELLO),
      stack.get(CALENDAR),
      stack.get(CALENDAR, "/api/version"),
    ]);
    assert.match(hello.body, /1\.0\.0/);
    assert.match(String(page.headers["content-type"]), /^text\/html/);
    assert.deepEqual(JSON.parse(api.body), { version: "1.0.0" });
    assert.equal(hello.headers["x-slipway-release"], await release("hello"));
    assert.equal(api.headers["x-slipway-release"], await release("calendar"));
  });

  it("MT-09 each project has /healthz through the gateway", async () => {
    for (const host of [HELLO, CALENDAR]) assert.equal((await stack.get(host, "/healthz")).status, 200, host);
  });

  it("an unknown host gets a plain 404, a project without a release a 503 that says so", async () => {
    const unknown = await stack.get("nobody.localhost");
    assert.equal(unknown.status, 404);
    assert.match(unknown.body, /No project answers at this address/);
    const undeployed = await stack.get("dinghy.localhost");
    assert.equal(undeployed.status, 503);
    assert.match(undeployed.body, /dinghy has no release yet/);
  });

  it("has the outputs gatewayUrl and projects, and puts a version and a release to each name", async () => {
    const { gatewayUrl, projects } = await stack.outputs();
    assert.equal(gatewayUrl, `http://127.0.0.1:${stack.gatewayPort}`);
    assert.deepEqual(projects.dinghy, {
      url: `http://dinghy.localhost:${stack.gatewayPort}`,
      version: "",
      release: "",
    });
    assert.equal(projects.hello?.version, "1.0.0");
    assert.match(projects.hello?.release ?? "", /^[0-9a-f]{10}$/);
  });

  it("PU-07 a second `up` does nothing and says so: same containers, the host program does not run", async () => {
    const before = { ids: await ids(), log: await stack.hostLog() };
    const run = await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.match(run.stdout, /Resources:\n\s+\d+ unchanged\n/);
    assert.deepEqual({ ids: await ids(), log: await stack.hostLog() }, before);
  });

  it("PU-05 a preview names the containers, the route and the migration of a change, and changes nothing", async () => {
    const before = {
      ids: await ids(),
      log: await stack.hostLog(),
      state: await readFile(stack.checkpointFile, "utf8"),
    };
    const next = await sampleRelease("calendar", "1.1.0", stack.registryPort);
    const hello = await sampleRelease("hello", "1.0.0", stack.registryPort);
    const calendar = await sampleRelease("calendar", "1.0.0", stack.registryPort);
    await stack.configure({ releases: { hello: { live: hello }, calendar: { live: next } } });
    const { stdout } = await stack.succeed("preview");
    assert.match(stdout, /calendar: 1\.0\.0 \(release [0-9a-f]{10}\) -> 1\.1\.0/);
    assert.match(stdout, /containers +calendar-backend-[0-9a-f]{10}, calendar-frontend-[0-9a-f]{10} start/);
    assert.match(stdout, /migration +alembic upgrade head/);
    assert.match(stdout, /route +calendar\.localhost moves/);
    assert.match(stdout, /calendar: which migrations of 1\.1\.0 are pending is not known: the host does not have 127/);
    assert.doesNotMatch(stdout, /hello: 1\.0\.0/);
    const after = { ids: await ids(), log: await stack.hostLog(), state: await readFile(stack.checkpointFile, "utf8") };
    assert.deepEqual(after, before);
    execFileSync("docker", ["pull", "--quiet", next.images.backend as string], { stdio: "pipe" });
    const again = await stack.succeed("preview");
    assert.match(again.stdout, /calendar: 1 migration of 1\.1\.0 pending:\n +\w+ \w+/);
    await stack.configure({ releases: { hello: { live: hello }, calendar: { live: calendar } } });
  });

  it("PU-03 MT-07 MT-11 MT-12 OV-05 a new digest in the configuration moves traffic without a failed request", async () => {
    const before = { infrastructure: await stack.infrastructure(), release: await release("hello") };
    const others = (await stack.containers({ "slipway.project": "calendar" })).map(({ Id }) => Id).sort();
    await using load = stack.load(HELLO);
    await deployHello("1.1.0");
    const { failures, releases } = await load.stop();
    assert.deepEqual(failures, []);
    assert.deepEqual(Object.keys(releases).sort(), [before.release, await release("hello")].sort());
    assert.match((await stack.get(HELLO)).body, /1\.1\.0/);
    const containers = await stack.containers({ "slipway.project": "hello" });
    assert.deepEqual(
      containers.map(({ Labels }) => Labels["slipway.release"]),
      [await release("hello")],
    );
    assert.deepEqual(await stack.infrastructure(), before.infrastructure);
    const same = (await stack.containers({ "slipway.project": "calendar" })).map(({ Id }) => Id).sort();
    assert.deepEqual(same, others);
  });

  it("PU-04 the earlier configuration again brings the earlier release back, without a failed request", async () => {
    await using load = stack.load(HELLO);
    await deployHello("1.0.0");
    assert.deepEqual((await load.stop()).failures, []);
    assert.match((await stack.get(HELLO)).body, /1\.0\.0/);
  });

  it("PU-04 `git revert` of the commit that deployed, and `up`, is a rollback", async () => {
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=Operator", "-c", "user.email=operator@example.org", ...args], {
        cwd: stack.folder,
        stdio: "pipe",
      });
    git("init", "--quiet");
    git("add", stack.stackFile);
    git("commit", "--quiet", "--message", "hello 1.0.0");
    const first = await release("hello");
    await deployHello("1.1.0");
    git("commit", "--quiet", "--all", "--message", "hello 1.1.0");
    assert.notEqual(await stack.servedRelease(HELLO), first);
    git("revert", "--no-edit", "HEAD");
    await stack.deployed();
    assert.equal(await stack.servedRelease(HELLO), first);
  });

  it("MT-08 a release with a migration runs it once, before traffic moves, and keeps the rows", async () => {
    await importEvent();
    const before = { revision: await revision(), log: await stack.hostLog() };
    await using load = stack.load(CALENDAR, 50, "/api/events");
    const run = await deployCalendar("1.1.0");
    assert.deepEqual((await load.stop()).failures, [], run.output);
    const log = (await stack.hostLog()).slice(before.log.length);
    assert.equal(log.match(/calendar: alembic upgrade head/g)?.length, 1, log);
    assert.ok(log.indexOf("calendar: migrated") < log.indexOf("calendar: traffic goes to release"), log);
    assert.notEqual(await revision(), before.revision);
    assert.deepEqual(await eventTitles(), ["Keel laying"]);
  });

  it("PU-04 going back over a migration keeps the database and serves from it", async () => {
    const before = { revision: await revision(), log: await stack.hostLog() };
    await using load = stack.load(CALENDAR, 50, "/api/events");
    const run = await deployCalendar("1.0.0");
    assert.deepEqual((await load.stop()).failures, [], run.output);
    assert.equal(await revision(), before.revision);
    assert.match((await stack.hostLog()).slice(before.log.length), /calendar: the database stays at /);
    assert.deepEqual(JSON.parse((await stack.get(CALENDAR, "/api/version")).body), { version: "1.0.0" });
    assert.deepEqual(await eventTitles(), ["Keel laying"]);
  });

  it("PU-08 `destroy` removes everything but the data, and after the next `up` the rows are there", async () => {
    await stack.succeed("destroy", "--yes", "--skip-preview");
    assert.deepEqual(await stack.containers(), []);
    const filters = { label: [`slipway.stack=${stack.name}`] };
    assert.deepEqual(await stack.docker.listNetworks({ filters }), []);
    const { Volumes } = await stack.docker.listVolumes({ filters });
    assert.deepEqual(Volumes.map(({ Name }) => Name).sort(), [
      `slipway-${stack.name}-postgres`,
      `slipway-${stack.name}-registry`,
    ]);
    await stack.deployed();
    assert.deepEqual(await eventTitles(), ["Keel laying"]);
  });
});
