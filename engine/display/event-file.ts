import { appendFileSync, writeFileSync } from "node:fs";
import type { EngineEvent } from "../events";
import { EventLog } from "./event-log";

export interface EventFileOptions {
  showSecrets?: boolean;
  /** Told, once, why the log ends before the run. */
  say(line: string): void;
}

/**
 * Begins a run's event log anew in a file, and appends what it is called with. Steps run while it does: a file that
 * cannot be written any more ends the log, never the run.
 */
export function eventFile(file: string, { showSecrets, say }: EventFileOptions): (event: EngineEvent) => void {
  writeFileSync(file, "");
  const log = new EventLog((line) => appendFileSync(file, line), showSecrets);
  let hasEnded = false;
  return (event) => {
    if (hasEnded) return;
    try {
      log.event(event);
    } catch (error) {
      hasEnded = true;
      say(`warning: the event log ${file} ends here, the run goes on: ${(error as Error).message}`);
    }
  };
}
