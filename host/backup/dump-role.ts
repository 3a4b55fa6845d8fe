import { ensureMemberRole, type MemberRole } from "../member-role";
import type { Login } from "../postgres";

const DUMP: MemberRole = { purpose: "dump", attributes: "BYPASSRLS", becomes: false };

/**
 * The same database for the role that dumps and counts it, as one that may read all of it. The owner itself may not, where
 * its tables force their row-level security on it. It reads what that one owns, without becoming it.
 */
export async function dumpLogin({ postgres, role, database }: Required<Login>): Promise<Required<Login>> {
  return { postgres, role: await ensureMemberRole(postgres, role, DUMP), database };
}
