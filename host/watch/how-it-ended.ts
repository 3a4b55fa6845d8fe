import { docker, lastLogLines } from "../docker";
import { lastExitCode } from "../exit-code";
import type { ReleaseContainer } from "../requests";

/** Lines of a container's log that a reason quotes, and the longest that each may be. */
const QUOTED_LINES = 3;
const QUOTED_LENGTH = 200;

/** For people: the exit code of a container that ended, how often it was started again, what it printed last. */
export async function howItEnded({ id, service }: ReleaseContainer, restarts: number, since: Date): Promise<string> {
  const found = await docker().getContainer(id).inspect();
  const exitCode = await lastExitCode(found, since);
  const lines = await lastLogLines(id, QUOTED_LINES).catch(() => []);
  return [
    `container ${service} ended`,
    exitCode === undefined ? "" : ` with exit code ${exitCode}`,
    found.State.OOMKilled ? " (out of memory)" : "",
    restarts > 0 ? ` (restarts: ${restarts})` : "",
    lines.length > 0 ? `; its last lines: ${lines.map((line) => line.slice(0, QUOTED_LENGTH)).join(" | ")}` : "",
  ].join("");
}
