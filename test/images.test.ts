import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../host/docker";
import { ImageBuilder } from "../scripts/setup/image-builder";
import { Progress } from "../scripts/setup/progress";
import { type BuildRecipe, PLATFORM } from "../scripts/setup/recipes";
import type { SetupRecord } from "../scripts/setup/setup-record";
import { httpRequest } from "./support/http-request";
import { machineImages } from "./support/machine-images";
import { Sandbox } from "./support/sandbox";
import { until } from "./support/until";

describe("the images", function () {
  this.timeout(120_000);
  let record: SetupRecord;
  let sandbox: Sandbox;

  before(async function () {
    this.timeout(600_000);
    record = await machineImages();
    sandbox = await Sandbox.create();
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  const sampleImage = (project: string, container: string, version: string) =>
    record.samples.find((each) => each.project === project && each.container === container && each.version === version)
      ?.image as string;

  it("say what they are and how to tell that they are healthy, and run as nobody special", async () => {
    for (const image of [...Object.values(record.images), ...record.samples.map((sample) => sample.image)]) {
      const { Config } = await sandbox.docker.getImage(image).inspect();
      assert.ok(Config.Labels?.["slipway.image"], image);
      assert.ok(Config.Healthcheck, image);
      // nginx needs its master as root only in the gateway, where its workers are not.
      if (image !== record.images.gateway) assert.match(Config.User, /^(?!root|0).+/, image);
    }
    for (const { project, container, version, image } of record.samples) {
      const { Labels } = (await sandbox.docker.getImage(image).inspect()).Config;
      assert.equal(Labels?.["org.opencontainers.image.version"], version);
      assert.ok([project, `${project}-${container}`].includes(Labels?.["org.opencontainers.image.title"] ?? ""));
    }
  });

  it("MT-20 carry no certificate of the machine that made them", async () => {
    const list = "find /usr/local/share/ca-certificates -type f 2>/dev/null; true";
    for (const image of [...Object.values(record.images), ...record.samples.map((sample) => sample.image)]) {
      const { output } = await sandbox.finish(image, ["-c", list], { entrypoint: ["sh"] });
      assert.equal(output, "", image);
    }
  });

  it("are made once, and those of the platform anew where that is asked for, without what the engine kept", async () => {
    const root = mkdtempSync(join(tmpdir(), "slipway-images-"));
    const recipe = (name: string, from: BuildRecipe["from"]): BuildRecipe => {
      mkdirSync(join(root, name));
      writeFileSync(
        join(root, name, "Dockerfile"),
        `ARG ${from.argument}\nFROM $${from.argument}\nCOPY Dockerfile /\n`,
      );
      return { kind: "build", name: `test-${name}`, folder: name, from };
    };
    const { from } = PLATFORM.gateway;
    const sample: BuildRecipe = { ...recipe("sample", from), version: "1.0.0" };
    const own = recipe("own", { argument: "SAMPLE", recipe: sample });
    const make = (rebuild: boolean) => {
      const builder = new ImageBuilder(sandbox.docker, root, new Progress(() => undefined), root, rebuild);
      return Promise.all([builder.image(sample), builder.image(own)]);
    };
    const made = new Set<string>();
    try {
      const first = await make(false);
      const again = await make(false);
      const anew = await make(true);
      for (const image of [...first, ...anew]) made.add(image);
      assert.deepEqual(again, first);
      assert.equal(anew[0], first[0]);
      assert.notEqual(anew[1], first[1]);
      assert.equal((await make(false))[1], anew[1]);
    } finally {
      for (const image of [...made].reverse()) await sandbox.docker.getImage(image).remove({ force: true });
      rmSync(root, { recursive: true });
    }
  });

  it("have an nginx in the gateway that keeps clients over a reload and resolves while it runs", async () => {
    const { output } = await sandbox.finish(record.images.gateway, ["nginx", "-v"]);
    const [, major, minor] = /nginx\/(\d+)\.(\d+)\./.exec(output) ?? [];
    assert.ok(Number(major) > 1 || Number(minor) >= 28, output);
  });

  it("start hello at once, on a read-only root without any capability, and stop it cleanly", async () => {
    const { id, port } = await sandbox.run(sampleImage("hello", "web", "1.1.0"), { port: 8080 });
    const page = await until("an answer of hello", () => httpRequest(port, "hello.localhost", "/"));
    assert.match(page.body, /This is version 1\.1\.0\./);
    assert.equal((await httpRequest(port, "hello.localhost", "/healthz")).status, 200);
    assert.equal(await sandbox.stop(id), 0);
  });

  it("start a registry that answers, and stop it in time", async () => {
    const { id, port } = await sandbox.run(record.images.registry, {
      port: 5000,
      binds: [`${await sandbox.volume()}:/var/lib/registry`],
    });
    await until("an answer of the registry", async () => (await httpRequest(port, "localhost", "/v2/")).status === 200);
    assert.equal((await exec(id, ["/healthcheck"])).exitCode, 0);
    assert.notEqual(await sandbox.stop(id), 137);
  });

  describe("of Postgres", () => {
    const ready = (id: string) => until("Postgres", async () => (await exec(id, ["/healthcheck"])).exitCode === 0);
    const psql = (id: string, sql: string, ...args: string[]) => exec(id, ["psql", "-AtXc", sql, ...args]);

    it("let the superuser in only by the container's own socket, and a role only with its password and into its database", async () => {
      const { id } = await sandbox.run(record.images.postgres, {
        hardened: false,
        binds: [`${await sandbox.volume()}:/var/lib/postgresql/data`],
      });
      await ready(id);
      assert.equal((await psql(id, "select current_setting('is_superuser')")).stdout, "on\n");
      assert.match((await psql(id, "select 1", "-h", "127.0.0.1")).stderr, /rejects connection/);

      await psql(id, "create role app login password 'right'");
      await psql(id, "create database app owner app");
      const connect = (password: string, database: string) =>
        psql(id, "select current_user", `postgresql://app:${password}@127.0.0.1/${database}`);
      assert.equal((await connect("right", "app")).stdout, "app\n");
      assert.match((await connect("wrong", "app")).stderr, /password authentication failed/);
      assert.match((await connect("right", "postgres")).stderr, /no pg_hba\.conf entry/);
      // By the socket, the container's own user alone is any role, as backups need it.
      assert.equal((await psql(id, "select current_user", "-U", "app")).stdout, "app\n");
      const asRoot = await exec(id, ["psql", "-U", "app", "-c", "select 1"], { user: "root" });
      assert.match(asRoot.stderr, /Peer authentication failed/);
    });

    it("keep the rows over a stop, which waits for no client", async () => {
      const volume = `${await sandbox.volume()}:/var/lib/postgresql/data`;
      const first = await sandbox.run(record.images.postgres, { hardened: false, binds: [volume] });
      await ready(first.id);
      await psql(first.id, "create table kept as select 7 as number");
      const client = exec(first.id, ["psql", "-c", "select pg_sleep(600)"]);
      await until(
        "the client's query",
        async () =>
          (
            await psql(
              first.id,
              "select 1 from pg_stat_activity where query like '%sleep(600)' and pid <> pg_backend_pid()",
            )
          ).stdout === "1\n",
      );
      assert.equal(await sandbox.stop(first.id), 0);
      await client;
      const second = await sandbox.run(record.images.postgres, { hardened: false, binds: [volume] });
      await ready(second.id);
      assert.equal((await psql(second.id, "select number from kept")).stdout, "7\n");
    });

    it("start over when the container was killed while it made its cluster", async () => {
      const volume = `${await sandbox.volume()}:/var/lib/postgresql/data`;
      const half = 'mkdir "$PGDATA.new" && echo 17 >"$PGDATA.new/PG_VERSION"';
      await sandbox.finish(record.images.postgres, ["-c", half], {
        hardened: false,
        binds: [volume],
        entrypoint: ["bash"],
      });
      const { id } = await sandbox.run(record.images.postgres, { hardened: false, binds: [volume] });
      await ready(id);
      assert.equal((await psql(id, "select 1")).stdout, "1\n");
    });
  });
});
