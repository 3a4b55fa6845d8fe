import type { ChildProcess } from "node:child_process";

/** Local commands whose processes are started before it is their turn: what they load is loaded by then. */
export interface StartedAhead {
  /**
   * The process of a command, which leads a process group of its own and gets all of its streams by pipes; `undefined`
   * where none was started for it. The environment is that of the command.
   */
  take(command: string, directory: string, environment: NodeJS.ProcessEnv): ChildProcess | undefined;
}
