import { identifier, literal, psql } from "./postgres";

/** A role that does something for a project, beside the project's own. No project's name can have a dot. */
export interface MemberRole {
  /** Comes behind the dot of its name. */
  purpose: "dump" | "fill";
  /** Beside LOGIN, as `CREATE ROLE` takes them. */
  attributes?: string;
  /** Whether it may become the project's role. It has that one's rights anyway. */
  becomes: boolean;
}

export function memberRoleName(role: string, { purpose }: Pick<MemberRole, "purpose">): string {
  return `${role}.${purpose}`;
}

/**
 * Makes sure that a role is there that is a member of a project's role, and returns its name. Not the other way round, so
 * no tenant gets past anything by it. Without a password and a database of its name, it gets in over the container's own
 * socket alone.
 */
export async function ensureMemberRole(postgres: string, role: string, member: MemberRole): Promise<string> {
  const name = memberRoleName(role, member);
  const create = `CREATE ROLE ${identifier(name)} LOGIN ${member.attributes ?? ""}`;
  const grant = `GRANT ${identifier(role)} TO ${identifier(name)} WITH INHERIT TRUE, SET ${member.becomes}`;
  await psql({ postgres }, [
    "BEGIN;",
    `SELECT pg_advisory_xact_lock(hashtext(${literal(name)})) \\g /dev/null`,
    `SELECT ${literal(create)} WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(name)})`,
    "\\gexec",
    `SELECT ${literal(grant)} WHERE NOT pg_has_role(${literal(name)}, ${literal(role)}, 'USAGE')`,
    "\\gexec",
    "COMMIT;",
  ]);
  return name;
}
