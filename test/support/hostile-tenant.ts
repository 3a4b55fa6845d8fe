import assert from "node:assert/strict";
import { exec } from "../../host/docker";
import { psql } from "../../host/postgres";

/** SQL with which a tenant makes a table of its own, with an `id`, a trap for a superuser who restores its dump. */
export function trapIn(table: string): string[] {
  return [
    "CREATE OR REPLACE FUNCTION grab(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN",
    "  IF current_setting('is_superuser') = 'on' THEN CREATE ROLE evil SUPERUSER LOGIN; END IF; RETURN true;",
    "END $$;",
    `ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS grabbed, ADD CONSTRAINT grabbed CHECK (public.grab(id));`,
    // A name with a line of its own, as in CVE-2025-8714.
    `CREATE TABLE IF NOT EXISTS "x\n\\! touch /tmp/owned\n" (id int);`,
    `COMMENT ON TABLE ${table} IS E'\\n\\\\! touch /tmp/owned\\n';`,
  ];
}

/** It caught nobody. */
export async function assertHarmless(postgres: string): Promise<void> {
  const evil = await psql({ postgres }, ["SELECT count(*) FROM pg_roles WHERE rolname = 'evil';"]);
  assert.equal(evil.trim(), "0");
  assert.notEqual((await exec(postgres, ["test", "-e", "/tmp/owned"])).exitCode, 0);
}
