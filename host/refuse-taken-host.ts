import { readCopied } from "./copied-state";
import { docker, ifThere } from "./docker";
import type { Layout } from "./layout";
import type { PlatformDescription } from "./requests";
import { DamagedStateError } from "./state-file";

/** Another stack has the host; the message says which, and what to do. */
export class TakenHostError extends Error {
  /** Pulumi prints such an error without a stack trace (`RunError` of its SDK). */
  readonly __pulumiRunError = true;

  constructor(stack: string, { stack: other, container }: { stack: string; container: string }) {
    super(
      `this host runs stack "${other}" (container ${container}), and a host has one stack: ` +
        `give "${stack}" another host, or destroy the other one first: slipway destroy --stack ${other}`,
    );
    this.name = "TakenHostError";
  }
}

/**
 * Throws `TakenHostError` where another stack has this host: the gateway's files, records, backups and their timer are
 * the host's, and a second stack would take them over. `destroy` leaves the description and takes the containers away,
 * so it is their absence that says that the other stack is gone. `stack`: previews by programs from before this name none.
 */
export async function refuseTakenHost(layout: Layout, stack: string | undefined): Promise<void> {
  const there = await readCopied<PlatformDescription>(layout, layout.platform).catch(ignoreDamage);
  if (stack === undefined || there === undefined || there.stack === stack) return;
  const container = await containerLeft(there);
  if (container !== undefined) throw new TakenHostError(stack, { stack: there.stack, container });
}

/** A damaged one counts as none: `up` writes it anew. */
function ignoreDamage(error: Error): undefined {
  if (!(error instanceof DamagedStateError)) throw error;
}

/** Docker's name of a container of the platform that is still there, running or not. */
async function containerLeft({ gateway, postgres, registry }: PlatformDescription): Promise<string | undefined> {
  const names = [gateway.container, postgres, registry].filter((name) => name !== "");
  const found = await Promise.all(names.map((name) => ifThere(docker().getContainer(name).inspect())));
  return names.find((_, index) => found[index] !== undefined);
}
