import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Ledger } from "./ledger";

export interface OpenTransaction extends AsyncDisposable {
  /** Rolls it back, once. */
  release(): Promise<void>;
}

/** A transaction that stays open after a statement, which has to print something. `database`: default the ledger's own. */
export async function openTransaction(
  ledger: Ledger,
  statement: string,
  database = "ledger",
): Promise<OpenTransaction> {
  const { postgres } = await ledger.stack.infrastructure();
  const psql = spawn("docker", ["exec", "-i", "-u", "postgres", postgres as string, "psql", "-qXAt", "-d", database]);
  psql.stdin.write(`begin; ${statement}\n`);
  await once(psql.stdout, "data");
  const release = async () => {
    if (psql.exitCode !== null) return;
    psql.stdin.end("rollback;\n");
    await once(psql, "close");
  };
  return { release, [Symbol.asyncDispose]: release };
}
