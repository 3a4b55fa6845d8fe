import type Docker from "dockerode";
import { fetchWithin } from "../../host/fetch-within";
import { answered } from "./engine-answer";
import { isBehindProxy } from "./proxy";

const HUB = "https://registry-1.docker.io/v2/";
/** A hub that does not answer within this many seconds is done without. */
const ANSWER_SECONDS = 3;
/** Longest time of a pull, in seconds: an engine without the proxy that it needs may try for long. */
const PULL_SECONDS = 600;

let reachable: Promise<boolean> | undefined;

/**
 * Whether Docker's hub is worth a try; it is asked once. Not behind a proxy: this process does not go through it, but
 * the engine, which pulls, may.
 */
export async function mayHubAnswer(env: NodeJS.ProcessEnv): Promise<boolean> {
  if (isBehindProxy(env)) return true;
  reachable ??= fetchWithin(ANSWER_SECONDS * 1000, HUB).then(
    ({ status }) => status === 200 || status === 401,
    () => false,
  );
  return reachable;
}

/** Pulls an image and returns its id. */
export async function pull(engine: Docker, name: string, seconds = PULL_SECONDS): Promise<string> {
  const late = AbortSignal.timeout(seconds * 1000);
  try {
    await answered(await engine.pull(name, { abortSignal: late }));
  } catch (error) {
    throw late.aborted ? new Error(`not pulled within ${seconds} s`, { cause: error }) : error;
  }
  return (await engine.getImage(name).inspect()).Id;
}
