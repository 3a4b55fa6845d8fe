import { setMaxListeners } from "node:events";
import type { Provider } from "./provider";

/** How long a call that was told to end has to tidy up, in milliseconds: a local command is killed after 2 s. */
const TIDY_MS = 3_000;

/** A call of a provider that the run does not wait for. */
export class CutOffError extends Error {
  constructor(
    message: string,
    /** It had begun, and may do what it was asked to yet. */
    readonly mayGoOn: boolean,
  ) {
    super(message);
    this.name = "CutOffError";
  }
}

/**
 * The provider, none of whose calls outlasts `terminate` by much: one that heeds it ends by itself, one that waits for an
 * engine or a host that hangs would keep the run for ever.
 */
export function cutOffBy(terminate: AbortSignal, provider: Provider): Provider {
  // One for each call that is under way: Node takes more than ten for a leak, and says so.
  setMaxListeners(0, terminate);
  const { find } = provider;
  const asking = <T>(call: () => Promise<T>) => cutOff(terminate, call, 0);
  const acting = <T>(call: () => Promise<T>) => cutOff(terminate, call, TIDY_MS);
  return {
    ...provider,
    check: (request) => asking(() => provider.check(request)),
    diff: (request) => asking(() => provider.diff(request)),
    read: (request) => asking(() => provider.read(request)),
    ...(find && { find: (request) => asking(() => find(request)) }),
    create: (request) => acting(() => provider.create(request)),
    update: (request) => acting(() => provider.update(request)),
    delete: (request) => acting(() => provider.delete(request)),
    invoke: (request) => acting(() => provider.invoke(request)),
  };
}

async function cutOff<T>(terminate: AbortSignal, call: () => Promise<T>, tidyMs: number): Promise<T> {
  if (terminate.aborted) throw new CutOffError("not started, the run was cancelled", false);
  const acts = tidyMs > 0;
  const message = `given up, the run was cancelled${acts ? "; what it began may still go on" : ""}`;
  let timer: NodeJS.Timeout | undefined;
  let stop = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    stop = () => {
      timer = setTimeout(() => reject(new CutOffError(message, acts)), tidyMs);
    };
  });
  terminate.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([call(), givenUp]);
  } finally {
    terminate.removeEventListener("abort", stop);
    clearTimeout(timer);
  }
}
