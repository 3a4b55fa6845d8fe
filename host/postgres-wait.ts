import { setTimeout } from "node:timers/promises";
import { stopped } from "./interruption";
import { query } from "./postgres";

const PAUSE_MS = 500;

/**
 * Resolves when Postgres answers; with why it does not when it has had its seconds, or somebody wants the end.
 */
export async function untilPostgresAnswers(postgres: string, seconds: number): Promise<Error | undefined> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    try {
      await query({ postgres }, "SELECT 1");
      return undefined;
    } catch (error) {
      if (performance.now() >= deadline || stopped.aborted) return error as Error;
    }
    await setTimeout(PAUSE_MS);
  }
}
