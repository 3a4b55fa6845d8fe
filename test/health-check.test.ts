import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { databaseSpace, spaceVerdict } from "../host/disk-space";
import { exec } from "../host/docker";
import type { HealthReport } from "../host/health/check-services";
import type { KeptData } from "../host/health/kept-data";
import { checkPostgres } from "../host/health/platform";
import { platform } from "../host/platform.fixture";
import { derivedImage } from "./support/derived-image";
import { type HostRun, layoutOf, onHost } from "./support/host-program";
import { machineImages, sampleRelease } from "./support/machine-images";
import { helloLike, onlyHello } from "./support/sample-projects";
import { Sandbox } from "./support/sandbox";
import { TestStack } from "./support/test-stack";
import { until } from "./support/until";

/** Its health path says what a file of that name tells it to. */
const MOODY = {
  run: `sed -i 's|return 200 "ok.n";|if (-f /tmp/degraded) { return 200 "{\\\\"status\\\\": \\\\"degraded\\\\", \\\\"seen\\\\": \\\\"ok\\\\"}"; } \
if (-f /tmp/page) { return 200 "something went wrong"; } \
if (-f /tmp/failing) { return 500 ""; } return 200 "ok";|' /etc/nginx/nginx.conf`,
};

describe("health-check", function () {
  this.timeout(120_000);
  let stack: TestStack;

  before(async () => {
    const command = ["bash", "-c", "while [ -e /tmp/hangs ]; do sleep 0.1; done; [ ! -e /tmp/failing ]"];
    const unhurried = { responseTimeLimitMs: 10_000 }; // The machine may be busy.
    const hello = { ...unhurried, health: { path: "/healthz", expect: "ok" } };
    const dinghy = helloLike("dinghy", { ...unhurried, health: { command } });
    stack = await TestStack.create({ projects: { projects: { ...onlyHello(hello).projects, dinghy } } });
    const first = await sampleRelease("hello", "1.0.0", stack.registryPort);
    await stack.configure({ releases: { hello: { live: first }, dinghy: { live: first } } });
    await stack.deployed();
    const live = { version: "moody", images: { web: await derivedImage(stack, "moody", MOODY) } };
    await stack.configure({ releases: { hello: { live }, dinghy: { live: first } } });
    await stack.deployed();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const check = (...args: string[]) => onHost(stack, ["health-check", ...args]);

  const reportOf = ({ stdout }: HostRun) => JSON.parse(stdout) as HealthReport & Partial<KeptData>;

  async function container(project: string): Promise<string> {
    const [found] = await stack.containers({ "slipway.project": project });
    return found?.Id as string;
  }

  /** With a file in a project's container. */
  async function withFile<T>(project: string, name: string, action: () => Promise<T>): Promise<T> {
    const id = await container(project);
    const run = async (command: string[]) => assert.equal((await exec(id, command)).exitCode, 0);
    await run(["touch", `/tmp/${name}`]);
    try {
      return await action();
    } finally {
      await run(["rm", `/tmp/${name}`]);
    }
  }

  it("SC-10 --nagios prints one line and has the exit codes of a plugin", async () => {
    const good = await check("--nagios");
    assert.equal(good.code, 0, good.stdout);
    assert.match(good.stdout, /^SLIPWAY OK - \d+ healthy \| healthy=\d+;;;0;\d+ .* 'hello\/web'=\d+ms;;;0.*\n$/);
    await withFile("hello", "degraded", async () => {
      const { code, stdout } = await check("hello", "--nagios");
      assert.equal(code, 1);
      assert.match(stdout, /^SLIPWAY WARNING - hello\/web is degraded \(.*\) \|[^\n]*\n$/);
    });
    await withFile("hello", "failing", async () => {
      const { code, stdout } = await check("hello", "--nagios");
      assert.equal(code, 2);
      assert.match(stdout, /^SLIPWAY CRITICAL - hello\/web is unhealthy \(.*\) \|[^\n]*\n$/);
    });
    const { code, stdout } = await check("helo", "--nagios");
    assert.equal(code, 3);
    assert.match(stdout, /^SLIPWAY UNKNOWN - there is no service "helo" on this host; did you mean "hello"\?[^\n]*\n$/);
    assert.equal((await stack.slipway("health-check", "--nagios", "--stack", "nowhere")).code, 3);
  });

  it("SC-10 --nagios says UNKNOWN where the host program itself dies", async () => {
    const program = join(stack.folder, ".slipway/opt/slipway/host.js");
    const whole = await readFile(program);
    try {
      for (const [dies, how] of Object.entries({ "process.exit(1)": "1", "process.abort()": "by a signal" })) {
        await writeFile(program, dies);
        const { code, stdout } = await stack.slipway("health-check", "--nagios");
        assert.deepEqual([code, stdout], [3, `SLIPWAY UNKNOWN - the host program ended (${how}) and said nothing\n`]);
      }
    } finally {
      await writeFile(program, whole);
    }
  });

  it("SC-10 exits 0 where all is healthy, with JSON alone on stdout", async () => {
    const run = await check("--json");
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const { timestamp, overall_status, services } = reportOf(run);
    assert.ok(Math.abs(Date.now() - Date.parse(timestamp)) < 60_000);
    assert.equal(overall_status, "healthy");
    assert.deepEqual(Object.keys(services), ["nginx", "postgres", "registry", "disk", "dinghy/web", "hello/web"]);
    assert.deepEqual(services.nginx, { status: "healthy", response_time_ms: null });
    for (const name of ["postgres", "registry", "dinghy/web", "hello/web"]) {
      assert.equal(typeof services[name]?.response_time_ms, "number", name);
    }
    assert.match(run.stderr, /INFO: Health check passed: 6 healthy\n$/);
  });

  it("SC-10 prints a table for people", async () => {
    const { code, stdout } = await check();
    assert.equal(code, 0);
    assert.match(stdout, /^SERVICE +STATUS +TIME\nnginx +healthy +-\n/);
    assert.match(
      stdout,
      /\nPROJECT +BACKUP VERIFIED +BACKUP RESTORED\ndinghy +\d+ \w+ ago +never\nhello +\d+ \w+ ago +never\n/,
    );
    assert.match(
      stdout,
      /\nfree: [\d.]+ [GM]B of [\d.]+ [GM]B for backups, [\d.]+ [GM]B of [\d.]+ [GM]B for databases\n/,
    );
  });

  it("SC-10 a service that says itself that it is degraded is degraded: exit 1", async () => {
    const run = await withFile("hello", "degraded", () => check("--json"));
    assert.equal(run.code, 1);
    const { overall_status, services } = reportOf(run);
    assert.equal(overall_status, "degraded");
    assert.equal(services["hello/web"]?.status, "degraded");
    assert.equal(services["hello/web"]?.reason, "it says so itself");
    assert.match(run.stderr, /ERROR: Health check failed: 0 unhealthy, 1 degraded$/m);
  });

  it("SC-10 SC-17 a service that fails, by path or by command, is unhealthy: exit 1", async () => {
    const run = await withFile("hello", "failing", () => withFile("dinghy", "failing", () => check("--json")));
    assert.equal(run.code, 1);
    const { overall_status, services } = reportOf(run);
    assert.equal(overall_status, "unhealthy");
    assert.equal(services["hello/web"]?.reason, "GET /healthz answered 500");
    assert.equal(services["dinghy/web"]?.reason, "bash exited 1");
    assert.match(run.stderr, /ERROR: Health check failed: 2 unhealthy, 0 degraded$/m);
  });

  it("SC-10 SC-13 a service that does not answer within HEALTH_CHECK_TIMEOUT: exit 2", async () => {
    const run = await withFile("dinghy", "hangs", () =>
      onHost(stack, ["health-check", "dinghy", "--json"], { HEALTH_CHECK_TIMEOUT: "1" }),
    );
    assert.equal(run.code, 2);
    assert.deepEqual(reportOf(run).services["dinghy/web"], {
      status: "unhealthy",
      response_time_ms: null,
      reason: "no answer within 1 s",
      timed_out: true,
    });
    const wrong = await onHost(stack, ["health-check"], { HEALTH_CHECK_TIMEOUT: "soon" });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /HEALTH_CHECK_TIMEOUT is "soon"; it has to be a number of seconds above 0/);
  });

  it("fault 27 SC-10 a page of an error with the status 200 is unhealthy where another text is expected", async () => {
    await withFile("hello", "page", async () => {
      const run = await check("hello", "--json");
      assert.equal(run.code, 1, run.stderr);
      assert.equal(reportOf(run).services["hello/web"]?.reason, 'GET /healthz answered without the text "ok"');
    });
  });

  it("SC-10 a Postgres that hangs keeps nobody from the answer: exit 2, without what only it can tell", async () => {
    const { postgres } = await stack.infrastructure();
    const signal = (name: string) =>
      exec(postgres as string, ["bash", "-c", `kill -${name} "$(head -1 "$PGDATA/postmaster.pid")"`], {
        user: "postgres",
      });
    assert.equal((await signal("STOP")).exitCode, 0);
    try {
      const run = await onHost(stack, ["health-check", "--json"], { HEALTH_CHECK_TIMEOUT: "3" });
      assert.equal(run.code, 2, run.stdout + run.stderr);
      const { services, disk, database } = reportOf(run);
      assert.deepEqual([services.postgres?.timed_out, services["hello/web"]?.status], [true, "healthy"]);
      assert.ok(disk && !database);
    } finally {
      await signal("CONT");
    }
  });

  it("SC-10 an answer over the container's response-time limit is degraded", async () => {
    const path = join(layoutOf(stack).project("dinghy"), "record.json");
    const text = await readFile(path, "utf8");
    const { sha256: _, ...changed } = JSON.parse(
      text.replaceAll(/"responseTimeLimitMs": \d+/g, '"responseTimeLimitMs": 1'),
    );
    await writeFile(path, JSON.stringify(changed));
    try {
      const run = await check("dinghy", "--json");
      assert.equal(run.code, 1);
      assert.equal(reportOf(run).services["dinghy/web"]?.reason, "slower than 1 ms");
    } finally {
      await writeFile(path, text);
    }
  });

  it("SC-10 asks only the service that is named: a project, a container, one of the platform's", async () => {
    const services = async (name: string) => Object.keys(reportOf(await check(name, "--json")).services);
    assert.deepEqual(await services("hello"), ["hello/web"]);
    assert.deepEqual(await services("hello/web"), ["hello/web"]);
    assert.deepEqual(await services("web"), ["dinghy/web", "hello/web"]);
    assert.deepEqual(await services("gateway"), ["nginx"]);
    const unknown = await check("helo");
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /there is no service "helo" on this host; did you mean "hello"\? known: nginx, /);
  });

  it("MT-24 an accessory is among the services, also one whose container is gone", async () => {
    const path = join(layoutOf(stack).project("hello"), "description.json");
    const text = await readFile(path, "utf8");
    const { Name } = await stack.docker.getContainer(await container("dinghy")).inspect();
    const health = { command: ["true"], intervalSeconds: 1, timeoutSeconds: 5, deadlineSeconds: 10 };
    const cache = { service: "cache", name: Name.slice(1), health, pids: 10, responseTimeLimitMs: 5000 };
    const gone = { ...cache, service: "gone", name: `${cache.name}-gone` };
    const { sha256: _, ...description } = JSON.parse(text);
    await writeFile(path, JSON.stringify({ ...description, accessories: [cache, gone] }));
    try {
      const { services } = reportOf(await check("hello", "--json"));
      assert.equal(services["hello/cache"]?.status, "healthy");
      assert.equal(services["hello/gone"]?.reason, "its container is not there");
    } finally {
      await writeFile(path, text);
    }
  });

  it("SC-10 a paused container is unhealthy, and the others are still told of", async () => {
    const { registry } = await stack.infrastructure();
    const stopped = stack.docker.getContainer(registry as string);
    await stopped.pause();
    const run = await check("--json").finally(() => stopped.unpause());
    assert.equal(run.code, 1);
    const { services } = reportOf(run);
    assert.equal(services.registry?.reason, "it is paused");
    assert.equal(services["hello/web"]?.status, "healthy");
  });

  it("MT-21 leaves the health of every service for Prometheus", async () => {
    await check();
    const metrics = await readFile(layoutOf(stack).metrics, "utf8");
    assert.match(metrics, /^slipway_service_healthy\{service="hello\/web"\} 1$/m);
    assert.match(metrics, /^slipway_service_response_seconds\{service="postgres"\} [\d.]+$/m);
    assert.doesNotMatch(metrics, /slipway_service_response_seconds\{service="nginx"\}/);
    assert.match(metrics, /^slipway_gateway_reloads_total\{result="success"\} \d+$/m);
  });

  it("SC-10 tells how old the last verified and the last restored backup of each project are", async () => {
    const folder = join(layoutOf(stack).backups, "hello");
    await mkdir(folder, { recursive: true });
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
    const entry = (id: string, seconds: number) => ({
      ...{ backup_id: id, created_at: ago(seconds), backup_type: "manual", file_path: id, file_size_mb: 1 },
      ...{ verified: true, verified_at: ago(seconds), retention_until: ago(-1000), artifact_id: null },
    });
    const entries = [
      { ...entry("backup_3", 60), verified: false, verified_at: null },
      entry("backup_2", 3600),
      { ...entry("backup_1", 90_000), restored_at: ago(80_000) },
    ];
    await writeFile(join(folder, "backup_index.json"), JSON.stringify({ backups: entries.toReversed() }));
    const { backups } = reportOf(await check("--json"));
    assert.equal(backups?.hello?.last_verified?.backup_id, "backup_2");
    assert.ok(Math.abs((backups?.hello?.last_verified?.age_seconds ?? 0) - 3600) < 60);
    assert.equal(backups?.hello?.last_restored?.backup_id, "backup_1");
    assert.equal(backups?.dinghy?.last_restored, null);
    assert.match((await check()).stdout, /\nhello +1 h ago +22 h ago\n/);
    await writeFile(join(folder, "backup_index.json"), "{");
    const remade = await check();
    assert.equal(remade.code, 0);
    assert.match(remade.stdout, /\nhello +\d+ \w+ ago +never\n/, "the index is made again from what is beside it");
  });

  it("tells of databases that no deployed project uses", async () => {
    const { postgres } = await stack.infrastructure();
    assert.equal((await exec(postgres as string, ["createdb", "former"], { user: "postgres" })).exitCode, 0);
    const { database } = reportOf(await check("--json"));
    assert.deepEqual(
      database?.unused.map(({ name }) => name),
      ["former"],
    );
    assert.match((await check()).stdout, /databases that no deployed project uses: former \([\d.]+ [kM]B\)\n/);
  });
});

describe("a database volume that is nearly full", function () {
  this.timeout(60_000);

  it("fault 7: is told as unhealthy, and healthy again once space is back", async () => {
    await using sandbox = await Sandbox.create();
    const { images } = await machineImages();
    const binds = [`${await sandbox.volume(200)}:/var/lib/postgresql/data`];
    const { id } = await sandbox.run(images.postgres as string, { binds, hardened: false });
    const described = { ...platform, postgres: id };
    await until("Postgres", async () => (await checkPostgres(described)).status === "healthy");

    const run = (command: string[]) => exec(id, command);
    const { freeBytes } = await databaseSpace(id);
    const filler = "/var/lib/postgresql/data/filler";
    await run(["fallocate", "--length", String(freeBytes - 4_000_000), filler]);
    const full = await checkPostgres(described);
    assert.equal(full.status, "unhealthy");
    assert.match(full.reason as string, /^the volume of the databases is nearly full: \d MB of 210 MB are free$/);
    await run(["rm", filler]);
    assert.equal((await checkPostgres(described)).status, "healthy");
  });

  it("fault 7: a small disk is judged by its share, a large one by what is free", () => {
    const GB = 1e9;
    const verdict = (freeBytes: number, totalBytes: number) => spaceVerdict({ freeBytes, totalBytes });
    assert.equal(verdict(0.4 * GB, 10 * GB), "unhealthy");
    assert.equal(verdict(0.9 * GB, 10 * GB), "degraded");
    assert.equal(verdict(1.1 * GB, 10 * GB), "healthy");
    assert.equal(verdict(1 * GB, 1000 * GB), "unhealthy");
    assert.equal(verdict(2 * GB, 1000 * GB), "degraded");
    assert.equal(verdict(3 * GB, 1000 * GB), "healthy");
  });
});
