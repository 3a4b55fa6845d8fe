import assert from "node:assert/strict";
import { DEFAULT_LIMITS } from "../config/container-limits";
import { pendingMigrations } from "../host/pending";
import { writeRecord } from "../host/record";
import type { PendingRequest } from "../host/requests";
import { DataHost } from "./support/data-host";
import { machineImages } from "./support/machine-images";

describe("the pending migrations of a preview", function () {
  this.timeout(120_000);
  let host: DataHost;
  let image: string;

  before(async () => {
    host = await DataHost.create();
    image = (await machineImages()).images.postgres as string;
  });
  after(() => host?.[Symbol.asyncDispose]());

  /** As a project's command asks, with the image's own client. */
  function ask(sql: string, changes: Partial<PendingRequest> = {}) {
    const url = `postgres://shop:p@${host.postgres.slice(0, 12)}/shop`;
    const pending = ["bash", "-c", `psql --no-psqlrc -At "$DATABASE_URL" -c "${sql}"`];
    return pendingMigrations(host.layout, host.log, {
      ...{ project: "shop", release: "aaaa", image, network: host.sandbox.name, ...DEFAULT_LIMITS },
      ...{ env: { DATABASE_URL: url, PGOPTIONS: "-c search_path=pg_catalog" }, pending },
      labels: { "slipway.stack": host.sandbox.name },
      ...changes,
    });
  }

  it("PU-05 are what the project's command prints, a line each", async () => {
    assert.deepEqual(await ask("VALUES ('a1 one'), (''), ('b2 two')"), {
      kind: "pending",
      lines: ["a1 one", "b2 two"],
    });
    assert.deepEqual(await ask("SELECT 1 WHERE false"), { kind: "pending", lines: [] });
    assert.deepEqual(await ask("SHOW search_path"), { kind: "pending", lines: ["pg_catalog"] });
  });

  it("PU-05 PU-09 are not known where the command would write, and no password is told", async () => {
    const found = await ask("CREATE TABLE public.sneaky (id int)");
    assert.equal(found.kind, "not known");
    assert.match(
      found.kind === "not known" ? found.reason : "",
      /exited 1: ERROR: +cannot execute CREATE TABLE in a read-only transaction$/,
    );
    const wrong = `postgres://shop:not-the-one@${host.postgres.slice(0, 12)}/shop`;
    const refused = await ask("SELECT 1", {
      env: { DATABASE_URL: wrong },
      pending: ["bash", "-c", "echo $DATABASE_URL; false"],
    });
    assert.match(refused.kind === "not known" ? refused.reason : "", /exited 1: \[DATABASE_URL\]$/);
  });

  it("PU-05 PU-09 are told without the password of an address that the command prints", async () => {
    const url = "postgres://shop:not-for-eyes@postgres/shop";
    const printed = "echo at $DATABASE_URL; echo with not-for-eyes; echo a1 one";
    const found = await ask("", { env: { DATABASE_URL: url }, pending: ["bash", "-c", printed] });
    const lines = ["at [DATABASE_URL]", "with [DATABASE_URL]", "a1 one"];
    assert.deepEqual(found, { kind: "pending", lines });
  });

  it("PU-05 are not known where the host does not have the image, which is not pulled", async () => {
    const absent = `127.0.0.1:1/shop@sha256:${"a".repeat(64)}`;
    const found = await ask("SELECT 1", { image: absent });
    assert.deepEqual(found, { kind: "not known", reason: `the host does not have ${absent} yet` });
  });

  it("PU-05 are none for a release that the database is beyond", async () => {
    const heads = { [image]: "a1" };
    await writeRecord(host.layout, "shop", {
      ...{ serial: 1, drainingWorkers: [] },
      schema: { revision: "b2", heads, path: ["a1", "b2"] },
    });
    assert.deepEqual(await ask("SELECT 1"), { kind: "kept", revision: "b2" });
  });
});
