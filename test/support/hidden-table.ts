/** SQL for a table of two rows, of which not even its owner sees more than those of the tenant that a setting names. */
export function hiddenTable(table: string): string[] {
  return [
    `CREATE TABLE ${table} (id serial PRIMARY KEY, tenant text);`,
    `INSERT INTO ${table} (tenant) VALUES ('a'), ('b');`,
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`,
    `CREATE POLICY own ON ${table} USING (tenant = current_setting('app.tenant', true));`,
  ];
}
