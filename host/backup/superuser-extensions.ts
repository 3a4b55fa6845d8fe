import { identifier, psql } from "../postgres";

/** Extension to its schema. */
export type Extensions = Record<string, string>;

/**
 * Extensions of a database that nobody but a superuser can make, as an operator did: left out of the dump, which the
 * project's own role restores. Only of schemas that every database has: another one comes with the dump, and would be
 * there already. Each with its schema, as a JSON array after the word `extension`.
 */
export const SUPERUSER_EXTENSIONS = `SELECT 'extension ' || json_build_array(extname, nspname)
FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
WHERE nspname IN ('public', 'pg_catalog') AND NOT EXISTS (
  SELECT FROM pg_available_extension_versions
  WHERE name = extname AND version = extversion AND (trusted OR NOT superuser))
ORDER BY extname;`;

/** Makes them in a database that is empty still: so nothing of its tenant's is there that a superuser could run. */
export async function createExtensions(postgres: string, database: string, extensions: Extensions): Promise<void> {
  const wanted = Object.entries(extensions);
  if (wanted.length === 0) return;
  await psql({ postgres, database }, [
    "SET search_path = pg_catalog;", // Settings of the database are its tenant's.
    "SET default_transaction_read_only = off;",
    ...wanted.map(([name, schema]) => `CREATE EXTENSION ${identifier(name)} SCHEMA ${identifier(schema)};`),
  ]);
}
