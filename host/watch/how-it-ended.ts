import { text } from "node:stream/consumers";
import { docker, lastLogLines } from "../docker";
import type { ReleaseContainer } from "../requests";

/** Lines of a container's log that a reason quotes, and the longest that each may be. */
const QUOTED_LINES = 3;
const QUOTED_LENGTH = 200;

/** For people: the exit code of a container that ended, how often it was started again, what it printed last. */
export async function howItEnded({ id, service }: ReleaseContainer, restarts: number, since: Date): Promise<string> {
  const { State } = await docker().getContainer(id).inspect();
  const exitCode = State.Running ? await lastExitCode(id, since) : String(State.ExitCode);
  const lines = await lastLogLines(id, QUOTED_LINES).catch(() => []);
  return [
    `container ${service} ended`,
    exitCode === undefined ? "" : ` with exit code ${exitCode}`,
    State.OOMKilled ? " (out of memory)" : "",
    restarts > 0 ? ` (restarts: ${restarts})` : "",
    lines.length > 0 ? `; its last lines: ${lines.map((line) => line.slice(0, QUOTED_LENGTH)).join(" | ")}` : "",
  ].join("");
}

/** A container that runs again has none: Docker's last events know it, for as long as they are kept. */
async function lastExitCode(id: string, since: Date): Promise<string | undefined> {
  const events = await docker().getEvents({
    ...{ since: since.getTime() / 1000, until: Date.now() / 1000 },
    filters: { container: [id], event: ["die"] },
  });
  const lines = (await text(events)).split("\n").filter((line) => line !== "");
  const last = lines.at(-1);
  return last && (JSON.parse(last) as { Actor: { Attributes: { exitCode?: string } } }).Actor.Attributes.exitCode;
}
