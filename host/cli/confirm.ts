import { ContractError } from "../contract-error";
import type { Call } from "./command";

const REFUSED = 1;

/**
 * Goes on when told yes: by `--yes`, by ROLLBACK_CONFIRM=yes, or on the terminal. Throws `ContractError` otherwise,
 * also where there is nobody to ask: nothing done is no success. A question that takes some finding out is put together
 * only where it is asked.
 */
export async function confirm({ options, terminal }: Call, question: string | (() => Promise<string>)): Promise<void> {
  if (options.yes === true || process.env.ROLLBACK_CONFIRM === "yes") return;
  if (!terminal.isInteractive) {
    throw new ContractError("there is no terminal to ask on, so nothing was changed; --yes goes ahead", REFUSED);
  }
  const text = typeof question === "string" ? question : await question();
  const answer = (await terminal.ask(`${text} [yes/no]: `)).trim().toLowerCase();
  if (answer !== "yes" && answer !== "y") throw new ContractError("not confirmed, so nothing was changed", REFUSED);
}
