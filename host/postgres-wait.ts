import { setTimeout } from "node:timers/promises";
import { platformDescription } from "./description";
import { stopped } from "./interruption";
import type { Layout } from "./layout";
import { query } from "./postgres";

const PAUSE_MS = 500;

/**
 * Resolves when Postgres answers; with why it does not when it has had its seconds, or somebody wants the end.
 */
export async function untilPostgresAnswers(layout: Layout, seconds: number): Promise<Error | undefined> {
  const { postgres } = await platformDescription(layout);
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
