import { docker } from "./docker";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { probe } from "./probe";
import type { ProjectDescription, ReleaseContainer, RolloutRequest } from "./requests";
import { runSmokeTests } from "./smoke-test";

/** Lines of a container's log that look like an error; a warning, no verdict. */
const ERROR_LINE = /\b(error|exception|traceback|panic|fatal)\b/i;
/** Lines of each log that are looked at. */
const LOOKED_AT = 200;

/**
 * Health and smoke tests once more, with traffic on the release (RB-05). Throws with the first thing that is wrong;
 * errors in the containers' logs are a warning.
 */
export async function verifyAfterSwitch(
  _layout: Layout,
  log: Log,
  { config, containers, network }: RolloutRequest,
  { project }: ProjectDescription,
): Promise<void> {
  for (const container of containers) {
    const { NetworkSettings } = await docker().getContainer(container.id).inspect();
    const failure = await probe(container, NetworkSettings.Networks[network]?.IPAddress ?? "");
    if (failure) throw new Error(`after the switch container ${container.service} is not healthy: ${failure}`);
  }
  await runSmokeTests(config.snapshot.smokeTests, containers, network, log);
  await Promise.all(containers.map((container) => warnOfErrors(log, project, container)));
}

async function warnOfErrors(log: Log, project: string, { id, service }: ReleaseContainer): Promise<void> {
  const { lastLogLines } = await import("./docker");
  const lines = await lastLogLines(id, LOOKED_AT).catch(() => []);
  const errors = lines.filter((line) => ERROR_LINE.test(line));
  if (errors.length === 0) return;
  log.warn(`${project}: ${errors.length} lines of container ${service}'s log look like errors, the last one:`);
  log.warn(`  | ${errors.at(-1)}`);
}
