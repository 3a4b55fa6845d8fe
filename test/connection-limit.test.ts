import assert from "node:assert/strict";
import { backupProject } from "../host/backup/backup-project";
import { ensureDatabase, ROLE_CONNECTIONS } from "../host/database";
import { docker, exec } from "../host/docker";
import { psql } from "../host/postgres";
import { findBackup } from "../host/restore/find-backup";
import { prepareRestore } from "../host/restore/prepare-restore";
import { DataHost } from "./support/data-host";
import { until } from "./support/until";

describe("the connections of the shared Postgres", function () {
  this.timeout(120_000);
  let host: DataHost;

  before(async () => {
    host = await DataHost.create();
    await ensure("blog");
    await host.sql("CREATE TABLE events (id int); INSERT INTO events VALUES (1);");
  });
  after(() => host?.[Symbol.asyncDispose]());

  const ensure = (name: string) =>
    ensureDatabase(host.log, {
      ...{ project: name, postgres: host.postgres, database: name, role: name, password: "p", deleteData: false },
    });
  const limitOf = (role: string) => host.admin(`SELECT rolconnlimit FROM pg_roles WHERE rolname = '${role}';`);
  const sessions = async () =>
    Number(await host.admin("SELECT count(*) FROM pg_stat_activity WHERE usename = 'shop' AND query ~ 'pg_sleep';"));

  it("fault 52 connections: one project cannot take all, others and the platform get theirs", async () => {
    const attempts = Number(await host.admin("SHOW max_connections;")) + 1;
    const session = "psql -XqU shop -d shop -c 'SELECT pg_sleep(300)'";
    const greed = exec(host.postgres, ["bash", "-c", `for i in $(seq ${attempts}); do ${session} & done; wait`], {
      user: "postgres",
    });
    let refused: string[] = [];
    try {
      await until("it to take what it gets", async () => (await sessions()) === ROLE_CONNECTIONS);
      const asBlog = { postgres: host.postgres, role: "blog", database: "blog" };
      assert.equal((await psql(asBlog, ["SELECT current_user;"])).trim(), "blog");
      assert.equal(await host.admin("SELECT current_user;"), "postgres");
      // Its data can be backed up and put back all the same.
      const { backup_id } = await backupProject(host.layout, host.log, { project: "shop", type: "manual", by: "ann" });
      const found = await findBackup(host.layout, "shop", backup_id);
      const { rows } = await prepareRestore(host.layout, host.log, "shop", found, []);
      assert.deepEqual(rows, { "public.events": 1 });
    } finally {
      await host.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'shop';");
      refused = (await greed).stderr.match(/FATAL: +too many connections for role "shop"/g) ?? [];
    }
    assert.equal(refused.length, attempts - ROLE_CONNECTIONS);
  });

  it("MT-04 what fills its database has the project's rights alone, whatever a dump says, and nobody becomes it", async () => {
    const asFiller = (sql: string) => {
      const session = ["env", "PGOPTIONS=-c role=shop", "psql", "-XAtqU", "shop.fill", "-d", "shop", "-c", sql];
      return exec(host.postgres, session, { user: "postgres" });
    };
    const { stdout } = await asFiller("RESET ROLE; SELECT current_user, session_user, count(*) FROM events;");
    assert.equal(stdout, "shop|shop.fill|1\n");
    for (const sql of [
      "CREATE ROLE evil",
      "SET ROLE blog",
      "SET ROLE postgres",
      "ALTER ROLE \"shop.fill\" PASSWORD 'p'",
    ]) {
      const { stderr } = await asFiller(`SET SESSION AUTHORIZATION DEFAULT; ${sql}`);
      assert.match(stderr, /^ERROR: +permission denied to/, sql);
    }
    await assert.rejects(host.sql('SET ROLE "shop.fill";'), /permission denied to set role/);
  });

  it("a project cannot lift its limit, and one that the operator sets stays", async () => {
    await assert.rejects(host.sql("ALTER ROLE shop CONNECTION LIMIT -1;"), /permission denied to alter role/);
    await host.sql("ALTER DATABASE shop CONNECTION LIMIT -1;");
    assert.equal(await limitOf("shop"), String(ROLE_CONNECTIONS));
    await host.admin("ALTER ROLE shop CONNECTION LIMIT 7;");
    await ensure("shop");
    assert.equal(await limitOf("shop"), "7");
  });

  it("are 200, unless the operator gave the cluster a number of its own", async () => {
    assert.equal(await host.admin("SHOW max_connections;"), "200");
    await host.admin("ALTER SYSTEM SET max_connections = 150;");
    await docker().getContainer(host.postgres).restart();
    await until("Postgres", async () => (await exec(host.postgres, ["/healthcheck"])).exitCode === 0);
    assert.equal(await host.admin("SHOW max_connections;"), "150");
  });
});
