import { ContractError } from "./contract-error";
import { docker } from "./docker";
import type { LiveRelease } from "./record";
import { type RunResult, runOnce } from "./run-once";

/** Exit code of a migration that failed (SC-03). */
const MIGRATION_FAILED = 3;
/** Lines of a failed command's output that the error shows. */
const SHOWN_LINES = 20;

/**
 * Runs one of a release's migration commands in a container of its own, with the image and environment that the
 * release's container has. Resolves with the revision where `current` was asked for; "" for a command that the project
 * does not declare. Throws `ContractError` 3.
 */
export async function migrationCommand(
  project: string,
  network: string,
  release: Pick<LiveRelease, "release" | "snapshot" | "containers" | "images">,
  what: "current" | "upgrade" | "downgrade",
): Promise<string> {
  const { migrations } = release.snapshot;
  const command = migrations?.[what];
  const container = release.containers.find(({ service }) => service === migrations?.container);
  if (!migrations || !command || !container) return "";
  const { Config } = await docker().getContainer(container.id).inspect();
  const { "slipway.release": _, ...labels } = Config.Labels;
  const result = await runOnce(
    {
      name: `${project}-${what}-${release.release}`,
      image: release.images[container.service] ?? Config.Image,
      network,
      env: Object.fromEntries(Config.Env.map((line) => line.split(/=(.*)/s, 2) as [string, string])),
      // Not the service's own label, by which a rollout would take it for a container of the release.
      labels: { ...labels, "slipway.service": "migrate" },
      timeoutSeconds: migrations.timeoutSeconds,
      memoryMiB: release.snapshot.containers.find(({ name }) => name === container.service)?.limits.memoryMiB ?? 256,
    },
    command,
  );
  if (result.exitCode !== 0) throw new ContractError(failureText(project, command, result), MIGRATION_FAILED);
  return result.stdout.trim().split("\n").at(-1)?.trim().split(/\s+/)[0] ?? "";
}

function failureText(project: string, command: string[], { exitCode, output }: RunResult): string {
  const tail = output.trimEnd().split("\n").slice(-SHOWN_LINES);
  const lines = tail.map((line) => `  | ${line}`).join("\n");
  return `${project}: ${command.join(" ")} exited ${exitCode}\n${lines}`;
}
