import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { memberRoleName } from "./member-role";
import { identifier, literal, psql } from "./postgres";
import { readRecord, writeRecord } from "./record";
import type { DatabaseRequest } from "./requests";
import { databasesBeside, dropDatabase, ownDatabase } from "./restore/fresh-database";
import { forgetPrepared } from "./restore/prepared-restore";
import { openingOf } from "./restore/swap-database";

/** Rounds of a SCRAM verifier; Postgres' own default (scram_iterations). */
const SCRAM_ROUNDS = 4096;
/**
 * Sessions that a new project may have at a time, of the 200 of the shared Postgres: two releases with pools of 20, and
 * a migration. Of the role and not of the database, whose owner could lift it itself.
 */
export const ROLE_CONNECTIONS = 60;

/**
 * Makes sure that a project's role and database exist, that nobody else may connect, and that the password is this
 * one. A role that exists keeps its connection limit, which the operator may have changed. Runs as superuser over the
 * container's own socket; the password travels as a SCRAM verifier, so that no log of the server can show it.
 */
export async function ensureDatabase(log: Log, wanted: DatabaseRequest): Promise<{ database: string }> {
  const role = identifier(wanted.role);
  await psql({ postgres: wanted.postgres }, [
    `SELECT 'CREATE ROLE ${role} LOGIN CONNECTION LIMIT ${ROLE_CONNECTIONS}'`,
    `WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(wanted.role)})`,
    "\\gexec",
    `ALTER ROLE ${role} LOGIN PASSWORD ${literal(scramVerifier(wanted.password, randomBytes(16)))};`,
    ...ownDatabase(wanted.database, wanted.role),
    ...openingOf(wanted.database),
  ]);
  log.info(`database ${wanted.database} is ready`);
  return { database: wanted.database };
}

/** Drops database and role where the operator said so beforehand; otherwise they are kept, and said so. */
export async function removeDatabase(layout: Layout, log: Log, wanted: DatabaseRequest): Promise<{ kept: boolean }> {
  if (!wanted.deleteData) {
    log.info(`database ${wanted.database} is kept`);
    return { kept: true };
  }
  const { postgres, database, role, project } = wanted;
  // Those that restores left are the role's, too.
  const beside = await databasesBeside(postgres, database, ["restore", "proof", "before"]);
  for (const name of [...beside, database]) await dropDatabase(postgres, name);
  const members = (["dump", "fill"] as const).map((purpose) => memberRoleName(role, { purpose }));
  await psql({ postgres }, [`DROP ROLE IF EXISTS ${[...members, role].map(identifier).join(", ")};`]);
  await forgetPrepared(layout, project);
  const record = await readRecord(layout, project);
  await writeRecord(layout, project, { ...record, schema: undefined, dataDeletedAt: new Date().toISOString() });
  log.warn(`database ${database} is deleted, as slipway:deleteData says`);
  return { kept: false };
}

/** What Postgres stores for a password (RFC 5803); the password itself cannot be read from it. */
export function scramVerifier(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password, salt, SCRAM_ROUNDS, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${SCRAM_ROUNDS}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
