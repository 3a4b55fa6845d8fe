import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backupEntry } from "../host/backup/backup-entry.fixture";
import { cli, type Surroundings } from "../host/cli/cli";
import type { DeploymentStatus } from "../host/deployment-status";
import { docker, exec } from "../host/docker";
import { readRecord } from "../host/record";
import { verifyRelease } from "../host/verify-release";
import { layoutOf, onHost } from "./support/host-program";
import { sampleRelease } from "./support/machine-images";
import { sampleProjects } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";
import { until } from "./support/until";

describe("a deployed project, looked at on its host", function () {
  this.timeout(120_000);
  let stack: TestStack;

  before(async () => {
    const { calendar } = sampleProjects().projects;
    stack = await TestStack.create({ projects: { projects: { calendar } } });
    await stack.succeed("config", "set", "--secret", "--path", "slipway:variables.calendar.SECRET_KEY", "of the tests");
    for (const version of ["1.0.0", "1.1.0"]) {
      const live = await sampleRelease("calendar", version, stack.registryPort);
      await stack.configure({ releases: { calendar: { live } } });
      await stack.deployed();
    }
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const record = () => readRecord(layoutOf(stack), "calendar");

  async function status(): Promise<DeploymentStatus> {
    const run = await onHost(stack, ["deployment-status", "calendar", "local", "--json"]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.stderr, "");
    return JSON.parse(run.stdout);
  }

  async function psql(sql: string): Promise<void> {
    const { postgres } = await stack.infrastructure();
    const command = ["psql", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname=calendar", "--command", sql];
    const { exitCode, stderr } = await exec(postgres as string, command, { user: "postgres" });
    assert.equal(exitCode, 0, stderr);
  }

  /** As `check severity: text`. */
  async function findings(): Promise<string[]> {
    const found = await verifyRelease(layoutOf(stack), "calendar");
    return found.map(({ check, severity, text }) => `${check} ${severity}: ${text}`);
  }

  it("MT-16 MT-26 tells the live release, its containers and the schema's revision", async () => {
    const { live, environment, schema_revision } = await status();
    assert.equal(environment, "local");
    assert.equal(live?.version, "1.1.0");
    assert.equal(live?.release, (await record()).live?.release);
    assert.deepEqual(
      live?.containers.map(({ service, state }) => [service, state]),
      [
        ["backend", "running"],
        ["frontend", "running"],
      ],
    );
    assert.equal(schema_revision, "0002");
  });

  it("MT-16 for people too; refuses another environment, and needs no project's name where there is one", async () => {
    const { code, stdout } = await onHost(stack, ["deployment-status"]);
    assert.equal(code, 0);
    assert.match(stdout, /^calendar in local\n {2}live {5}1\.1\.0 \(release \w{10}\) since /);
    assert.match(stdout, /\nCONTAINER +STATE +NAME\nbackend +running +calendar-backend-/);
    const other = await onHost(stack, ["deployment-status", "calendar", "production"]);
    assert.equal(other.code, 1);
    assert.match(other.stderr, /this host is local \(stack \w+\), not "production"/);
  });

  it("MT-16 MT-26 the checkout's command is the host's", async () => {
    const run = await stack.slipway("deployment-status", "calendar", "--stack", stack.name, "--json");
    assert.equal(run.code, 0, run.stderr);
    assert.equal((JSON.parse(run.stdout) as DeploymentStatus).schema_revision, "0002");
  });

  it("RB-09 a sound release has no finding", async () => {
    assert.deepEqual(await findings(), []);
  });

  it("RB-09 finds a key table that is not there, or holds less than its minimum", async () => {
    const path = join(layoutOf(stack).project("calendar"), "record.json");
    const text = await readFile(path, "utf8");
    const { sha256: _, ...changed } = JSON.parse(text);
    changed.live.snapshot.keyTables = [
      { table: "events", minimumRows: 1 },
      { table: "public.sailors", minimumRows: 0 },
      { table: "calendars", minimumRows: 0 },
    ];
    await writeFile(path, JSON.stringify(changed));
    try {
      assert.deepEqual(await findings(), [
        "key table events error: it has 0 rows, fewer than the 1 it must have",
        "key table public.sailors error: it is not there",
      ]);
    } finally {
      await writeFile(path, text);
    }
  });

  it("RB-09 does not wait for a key table that is locked for longer than its time", async () => {
    await psql("CREATE TABLE locked ()");
    await psql("ALTER TABLE locked OWNER TO calendar");
    const path = join(layoutOf(stack).project("calendar"), "record.json");
    const text = await readFile(path, "utf8");
    const { sha256: _, ...changed } = JSON.parse(text);
    changed.live.snapshot.keyTables = [{ table: "locked", minimumRows: 1 }];
    await writeFile(path, JSON.stringify(changed));
    const holding = psql("BEGIN; LOCK TABLE locked; SELECT pg_sleep(20)");
    try {
      const count = "SELECT 1 / count(*) FROM pg_locks WHERE relation = 'locked'::regclass";
      await until("the table is locked", () => psql(count).then(() => true));
      const sql = 'SELECT count(*) FROM (SELECT FROM "locked" LIMIT 1) AS counted';
      assert.deepEqual(await findings(), [`key table locked error: ${sql} took longer than 10 s`]);
    } finally {
      await writeFile(path, text);
      await holding;
      await psql("DROP TABLE locked");
    }
  });

  it("RB-09 asks as the project's own role, which nothing that a project made can leave", async () => {
    await psql("CREATE VIEW trap AS SELECT WHERE set_config('role', 'postgres', false) IS NOT NULL");
    await psql("ALTER VIEW trap OWNER TO calendar");
    const path = join(layoutOf(stack).project("calendar"), "record.json");
    const text = await readFile(path, "utf8");
    const { sha256: _, ...changed } = JSON.parse(text);
    changed.live.snapshot.keyTables = [{ table: "trap", minimumRows: 1 }];
    await writeFile(path, JSON.stringify(changed));
    try {
      assert.deepEqual(await findings(), ['key table trap error: ERROR:  permission denied to set role "postgres"']);
    } finally {
      await writeFile(path, text);
      await psql("DROP VIEW trap");
    }
  });

  it("RB-05 RB-09 finds failing smoke tests, failing health and a gateway that does not get through", async () => {
    const backend = (await record()).live?.containers.find(({ service }) => service === "backend");
    const container = docker().getContainer(backend?.id as string);
    await container.pause();
    try {
      const found = await findings();
      assert.ok(found.includes("health calendar/backend error: unhealthy: it is paused"), found.join("\n"));
      assert.ok(found.some((line) => line.startsWith('smoke test "calendars can be listed" error: ')));
      assert.ok(!found.some((line) => line.includes("the page is there")));
    } finally {
      await container.unpause();
    }
  });

  it("RB-09 finds that another release answers through the gateway", async () => {
    const path = join(layoutOf(stack).project("calendar"), "record.json");
    const text = await readFile(path, "utf8");
    const { live } = await record();
    const { sha256: _, ...changed } = JSON.parse(
      text.replaceAll(`"release": "${live?.release}"`, '"release": "0123456789"'),
    );
    await writeFile(path, JSON.stringify(changed));
    try {
      const host = live?.host;
      const expected = `gateway ${host} error: GET / is answered by release ${live?.release} instead of 0123456789`;
      assert.deepEqual(await findings(), [expected]);
    } finally {
      await writeFile(path, text);
    }
  });

  it("RB-05 an error in a container's log is a warning", async () => {
    const backend = (await record()).live?.containers.find(({ service }) => service === "backend");
    const command = ["bash", "-c", "echo 'ERROR: the keel is cracked' > /proc/1/fd/1"];
    assert.equal((await exec(backend?.id as string, command)).exitCode, 0);
    const [found, ...others] = await findings();
    assert.match(
      found as string,
      /^log of backend warning: 1 of the last \d+ lines tell of errors, the last: ERROR: the/,
    );
    assert.deepEqual(others, []);
  });

  it("MT-26 downgrades the schema after a backup, and the status shows the revision; the release goes on serving", async () => {
    const order: string[] = [];
    const surroundings: Surroundings = {
      operations: {
        backupProject: async (_layout, _log, { project }) => {
          order.push(`backup of ${project} at ${(await record()).schema?.revision}`);
          return backupEntry();
        },
        restoreProject: () => Promise.reject(new Error("not asked for")),
        rollbackOnHost: () => Promise.reject(new Error("not asked for")),
        verifyRelease: async () => [],
      },
    };
    const downgrade = () => cli(layoutOf(stack), ["downgrade", "calendar", "--yes"], surroundings);
    const release = (await record()).live?.release;
    assert.equal(await downgrade(), 0);
    assert.deepEqual(order, ["backup of calendar at 0002"]);
    assert.equal((await status()).schema_revision, "0001");
    assert.equal((await record()).live?.release, release);
    assert.match(await stack.hostLog(), /INFO: calendar: the database is at 0001, it was at 0002/);
  });

  it("MT-26 a backup that fails leaves the schema alone: exit 2", async () => {
    const failing = () => Promise.reject(new Error("No space left on device"));
    const operations = {
      ...{ backupProject: failing, restoreProject: failing, rollbackOnHost: failing },
      verifyRelease: async () => [],
    };
    assert.equal(await cli(layoutOf(stack), ["downgrade", "calendar", "--yes"], { operations }), 2);
    assert.equal((await status()).schema_revision, "0001");
  });

  it("MT-26 a downgrade that fails says so, and names the backup from before it: exit 3", async () => {
    const operations = {
      backupProject: async () => backupEntry(),
      restoreProject: async () => undefined,
      rollbackOnHost: async () => ({ version: "" }),
      verifyRelease: async () => [],
    };
    const says = async (what: string) => {
      assert.equal(await cli(layoutOf(stack), ["downgrade", "calendar", "--yes"], { operations }), 3);
      const line = `ERROR: calendar: the migration of release \\w+ failed: ${what}`;
      assert.match(await stack.hostLog(), new RegExp(line));
    };
    // There is no column to take away.
    await psql("UPDATE alembic_version SET version_num = '0002'");
    await says(`alembic downgrade -1 exited \\d+; the backup from before it is ${backupEntry().backup_id}`);
    await psql("UPDATE alembic_version SET version_num = 'unknown'");
    await says("alembic current exited \\d+");
  });
});
