import { docker } from "../docker";
import { inTime } from "../in-time";
import type { Log } from "../log";
import { repositoryOf } from "../registry-version";
import { retry } from "../retry";
import { REGISTRY_RETRY, reasonOf, wantsLogin } from "./registry-fault";

/** Longest time of a pull, attempts and pauses included, in seconds (SC-13). */
const LIMIT_SECONDS = 900;

/** Pulls an image by its digest. A fault of the network is tried again, a refusal is final; throws with the reason. */
export async function pullImage(
  log: Log,
  reference: string,
  { limitSeconds = LIMIT_SECONDS, firstPauseMs }: { limitSeconds?: number; firstPauseMs?: number } = {},
): Promise<void> {
  const pulling = new AbortController();
  const pulled = retry(() => pullOnce(reference, pulling.signal), {
    ...REGISTRY_RETRY,
    ...(firstPauseMs !== undefined && { firstPauseMs }),
    onRetry: (error, _, pauseMs) => log.info(`${reference}: ${reasonOf(error)}; trying again in ${pauseMs / 1000} s`),
  });
  try {
    await inTime(pulled, limitSeconds, () => {
      pulling.abort();
      throw new Error(`it took longer than ${limitSeconds} s`);
    });
  } catch (error) {
    throw new Error(wantsLogin(error) ? loginWanted(reference) : reasonOf(error), { cause: error });
  }
}

/** Docker answers before it has pulled anything: what goes wrong later is an event among the others. */
async function pullOnce(reference: string, abortSignal: AbortSignal): Promise<void> {
  const progress = await docker().pull(reference, { abortSignal });
  await new Promise<void>((done, fail) => {
    docker().modem.followProgress(
      progress,
      (error) => (error ? fail(error) : done()),
      ({ error }: { error?: string }) => error !== undefined && fail(new Error(error)),
    );
  });
}

/** The logins of the stack's file come with a deploy and are kept nowhere here. */
function loginWanted(reference: string): string {
  const { registry } = repositoryOf(reference);
  return (
    `the registry ${registry} wants a login, which this host does not keep: a deploy or a rollback from the ` +
    `repository brings the image back, or here: docker login ${registry}, then docker pull ${reference}`
  );
}
