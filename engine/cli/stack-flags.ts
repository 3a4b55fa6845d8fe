import { CommandError, EXIT } from "../exit-code";
import type { Engine } from "../index";
import { type GlobalOptions, isInteractive } from "./global-options";
import { openEngine, openProject } from "./open-engine";

/** Options of the commands that look at a stack or change it without running a program. */
export interface StackFlags extends GlobalOptions {
  json?: boolean;
  showSecrets?: boolean;
  showIds?: boolean;
  showUrns?: boolean;
  showName?: boolean;
  yes?: boolean;
}

/** The engine for the project that a command was started in. */
export async function openEngineFor(flags: GlobalOptions): Promise<Engine> {
  return openEngine(await openProject(flags.cwd));
}

/** Asks, unless told yes. Throws `CommandError` on a no, and where nobody can be asked. */
export async function refuseUnconfirmed(stack: string, flags: StackFlags): Promise<void> {
  if (flags.yes) return;
  if (!isInteractive(flags)) throw new CommandError("non-interactive mode requires --yes flag");
  const { ask } = await import("./ask");
  const answer = await ask(`This changes the state of stack '${stack}'. Continue?`, ["yes", "no"] as const);
  if (answer === "no") throw new CommandError("confirmation declined", EXIT.canceled);
}
