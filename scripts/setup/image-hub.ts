import type Docker from "dockerode";
import { fetchWithin } from "../../host/fetch-within";
import { answered } from "./engine-answer";

const HUB = "https://registry-1.docker.io/v2/";
/** A hub that does not answer within this many seconds is done without. */
const ANSWER_SECONDS = 3;

let reachable: Promise<boolean> | undefined;

/** Whether Docker's hub answers; asked once. */
export function isHubReachable(): Promise<boolean> {
  reachable ??= fetchWithin(ANSWER_SECONDS * 1000, HUB).then(
    ({ status }) => status === 200 || status === 401,
    () => false,
  );
  return reachable;
}

/** Pulls an image and returns its id. */
export async function pull(engine: Docker, name: string): Promise<string> {
  await answered(await engine.pull(name));
  return (await engine.getImage(name).inspect()).Id;
}
