import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EmptyDocker, withEmptyDocker } from "../empty-docker.fixture";
import { layout } from "../layout";
import { Log } from "../log";
import { swapDatabase } from "./swap-database";

const NO_CONNECTION = 2;

/** A Postgres that ends in the middle of a swap, before or after the renames are committed, and is then away for a moment. */
function endingPostgres(engine: EmptyDocker, { isCommitted }: { isCommitted: boolean }) {
  const database = { isOpen: true };
  let attempts = 0;
  engine.psql = (input) => {
    engine.exitCode = 0;
    if (input.includes("BEGIN;")) {
      database.isOpen = false;
      attempts = 2;
    }
    if (attempts > 0) {
      attempts--;
      engine.exitCode = NO_CONNECTION;
      return "";
    }
    if (input.includes("ALLOW_CONNECTIONS true")) database.isOpen = true;
    if (input.includes("SELECT oid = 7")) return isCommitted ? "t|1500\n" : "f|1500\n";
    return input.includes("SELECT oid ") ? "7\n" : "";
  };
  return database;
}

describe("a swap of databases in which Postgres is started anew", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-swap-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  const swap = () =>
    swapDatabase("postgres", new Log(layout(root).log, { informationTo: "nowhere" }), "shop", "shop_restore_1");

  it("MT-17 leaves the database open and as it was, and says why", () =>
    withEmptyDocker(async (engine) => {
      const database = endingPostgres(engine, { isCommitted: false });
      await assert.rejects(swap(), { name: "PostgresError", message: /psql exited 2/, isUnreachable: true });
      assert.equal(database.isOpen, true);
    }));

  it("MT-17 is made, and open, where both renames were", () =>
    withEmptyDocker(async (engine) => {
      const database = endingPostgres(engine, { isCommitted: true });
      assert.equal((await swap()).milliseconds, 1500);
      assert.equal(database.isOpen, true);
    }));
});
