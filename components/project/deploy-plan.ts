import type { BackupSettings, Project } from "../../config/project";
import type { ReleaseConfig } from "../../config/stack-config";
import type { PendingMigrations } from "../../host/pending";

type BackedUp = Project & { backup: Required<BackupSettings> };

/** What a preview says of a project whose live release is about to change; nothing where it is not. */
export function deployPlan(
  project: BackedUp,
  release: string,
  config: ReleaseConfig,
  live: { release: string; version: string } | undefined,
  standby: string,
): string[] {
  if (live?.release === release) return [];
  const from = live ? `${live.version} (release ${live.release})` : "nothing";
  const containers = project.containers.map(({ name }) => `${project.name}-${name}-${release}`);
  const { migrations, domains } = project;
  return [
    `${project.name}: ${from} -> ${config.version} (release ${release})`,
    `  containers  ${containers.join(", ")} start beside the live ones`,
    `  backup      ${backedUp(project)}`,
    `  migration   ${migrations ? migrations.upgrade.join(" ") : "none declared"}`,
    ...(migrations ? migrationNotes(migrations) : []),
    `  route       ${domains.length > 0 ? domains.join(", ") : "no domain"} moves when the new containers are healthy`,
    ...(live ? [`  then        ${afterwards(live.release, standby)}`] : []),
  ];
}

/** What a preview says of the migrations that a version brings. */
export function pendingText(project: string, version: string, found: PendingMigrations): string {
  if (found.kind === "not known") {
    return `${project}: which migrations of ${version} are pending is not known: ${found.reason}`;
  }
  if (found.kind === "kept") {
    return `${project}: no migration, the database stays at ${found.revision}; ${version} was made for an earlier one`;
  }
  const { lines } = found;
  if (lines.length === 0) return `${project}: no migration of ${version} is pending`;
  const count = lines.length === 1 ? "1 migration" : `${lines.length} migrations`;
  return [`${project}: ${count} of ${version} pending:`, ...lines.map((line) => `  ${line}`)].join("\n");
}

function backedUp({ database, backup }: BackedUp): string {
  const parts = [...(database === "shared" ? ["database"] : []), ...backup.volumes.map((volume) => `volume ${volume}`)];
  return `taken before: ${[...parts, "configuration", "image tags"].join(", ")}`;
}

function migrationNotes({ compatible, transactional }: NonNullable<Project["migrations"]>): string[] {
  const held = "requests are answered 503 meanwhile";
  if (compatible === false)
    return [`              with the switch, since the release before does not work with it; ${held}`];
  return [
    ...(transactional ? [] : [`              a failure could leave a part of it; ${held}`]),
    ...(compatible === undefined
      ? [
          "              warning: not known to suit the release before (migrations.compatible), which serves until the switch",
        ]
      : []),
  ];
}

function afterwards(before: string, standby: string): string {
  return standby === before
    ? `release ${before} stays as standby, its containers without traffic`
    : `release ${before} is drained and removed`;
}
