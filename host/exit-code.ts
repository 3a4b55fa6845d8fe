import { text } from "node:stream/consumers";
import type { ContainerInspectInfo } from "dockerode";
import { docker } from "./docker";

/**
 * What a container ended with last, since a moment. One that runs again does not tell: Docker's last events do, for as long
 * as they are kept; `undefined` where they are not.
 */
export async function lastExitCode({ Id, State }: ContainerInspectInfo, since: Date): Promise<string | undefined> {
  if (!State.Running || State.Restarting) return String(State.ExitCode);
  const events = await docker().getEvents({
    ...{ since: since.getTime() / 1000, until: Date.now() / 1000 },
    filters: { container: [Id], event: ["die"] },
  });
  const lines = (await text(events)).split("\n").filter((line) => line !== "");
  const last = lines.at(-1);
  return last && (JSON.parse(last) as { Actor: { Attributes: { exitCode?: string } } }).Actor.Attributes.exitCode;
}
