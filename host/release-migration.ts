import { DEFAULT_LIMITS } from "../config/container-limits";
import { docker } from "./docker";
import type { Log } from "./log";
import { changeSchema, type MigrationPlace, migrationCommand, revisionOf } from "./migration-command";
import type { LiveRelease } from "./record";
import { LOCK_RETRIES } from "./session-options";

/** A release with containers, and the network of its project. */
export interface MigratedRelease {
  project: string;
  network: string;
  release: Pick<LiveRelease, "release" | "snapshot" | "containers">;
}

/** The revision that the database is at, as the release's own command tells; "" where it declares none. */
export async function currentRevision(of: MigratedRelease): Promise<string> {
  const command = of.release.snapshot.migrations?.current;
  const place = command && (await placeOf(of));
  return place ? revisionOf(await migrationCommand(place, command)) : "";
}

/**
 * Runs a release's own upgrade or downgrade, if it declares one; `backup`: id of the one from before it, where there is
 * one. Throws `MigrationError`.
 */
export async function migrateRelease(
  log: Log,
  of: MigratedRelease,
  what: "upgrade" | "downgrade",
  backup = "",
): Promise<void> {
  const { migrations } = of.release.snapshot;
  const command = migrations?.[what];
  const place = command && (await placeOf(of));
  if (!place) return;
  await changeSchema(log, place, { command, mostRetries: migrations?.transactional ? LOCK_RETRIES : 0, backup });
}

/** With the image and environment that the release's container has. */
async function placeOf({ project, network, release }: MigratedRelease): Promise<MigrationPlace | undefined> {
  const { migrations, containers: specs } = release.snapshot;
  const container = release.containers.find(({ service }) => service === migrations?.container);
  if (!migrations || !container) return undefined;
  const { Image, Config } = await docker().getContainer(container.id).inspect();
  const { "slipway.release": _, ...labels } = Config.Labels;
  const ofImage = (await docker().getImage(Image).inspect()).Config.Env ?? [];
  return {
    ...{ project, network, release: release.release },
    image: Image,
    // Only what it was given: what the image itself has is no secret, and would be masked in what a failure shows.
    env: Object.fromEntries(
      Config.Env.filter((line) => !ofImage.includes(line)).map((line) => line.split(/=(.*)/s, 2) as [string, string]),
    ),
    // Not the service's own label, by which a rollout would take it for a container of the release.
    labels: { ...labels, "slipway.service": "migrate" },
    timeoutSeconds: migrations.timeoutSeconds,
    ...(specs.find(({ name }) => name === container.service)?.limits ?? DEFAULT_LIMITS),
  };
}
