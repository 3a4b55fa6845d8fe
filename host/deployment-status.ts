import { type BackupEntry, backupEntries } from "./backup/backup-index";
import { degradedState } from "./degraded";
import { platformDescription, projectDescription } from "./description";
import { docker } from "./docker";
import { unusedDatabases } from "./health/kept-data";
import { readLedger } from "./images/image-ledger";
import type { Layout } from "./layout";
import { type Deployment, type PastDeployment, readManifest } from "./manifest";
import { type Degraded, type Held, heldThere, readRecord } from "./record";
import { readWatch, type Watch } from "./watch/watch-file";

/** What of a project runs, ran and can be gone back to (MT-16). */
export interface DeploymentStatus {
  schemaVersion: 1;
  project: string;
  environment: string;
  current_deployment: Deployment | null;
  /** The last 10, newest first. */
  deployment_history: PastDeployment[];
  live: LiveState | null;
  /** The release before, whose containers run without traffic. */
  standby: { version: string; release: string } | null;
  /** Traffic was moved on this host alone, and the configuration calls another release live. */
  held: Held | null;
  /** The way back from the live release has failed. */
  degraded: Degraded | null;
  watch: Watch | null;
  /** Of the database, as of the last migration (MT-26); `null` where it is not known. */
  schema_revision: string | null;
  rollback: RollbackTargets;
  kept: KeptOfProject;
}

export interface LiveState {
  version: string;
  release: string;
  /** RFC 3339. */
  since: string;
  containers: { service: string; name: string; state: string }[];
}

export interface RollbackTargets {
  releases: RollbackTarget[];
  /** Verified ones, newest first. */
  backups: BackupEntry[];
}

export interface RollbackTarget {
  version: string;
  release: string;
  /** RFC 3339. */
  deployed_at: string;
  /** `standby`: traffic is moved; `images`: containers are started first. */
  from: "standby" | "images";
}

/** Data of a project that no release uses. */
export interface KeptOfProject {
  /** Databases of Postgres that are the project's or were, and that no deployed project uses. */
  databases: { name: string; bytes: number }[];
  /** Docker's names of its volumes where no release of it is live. */
  volumes: string[];
}

export async function deploymentStatus(layout: Layout, project: string): Promise<DeploymentStatus> {
  const [description, platform, record, manifest, watch, backups] = await Promise.all([
    projectDescription(layout, project),
    platformDescription(layout),
    readRecord(layout, project),
    readManifest(layout, project),
    readWatch(layout, project),
    backupEntries(layout, project),
  ]);
  const { live, standby, schema } = record;
  const present = await presentImages(layout, project);
  const { database } = description;
  // A project's role has its own name and owns its databases, dated ones too.
  const databases =
    database === undefined ? [] : await unusedDatabases(layout, platform.postgres, database).catch(() => []);
  return {
    schemaVersion: 1,
    project,
    environment: platform.environment,
    current_deployment: manifest.current_deployment,
    deployment_history: manifest.deployment_history,
    live: live
      ? {
          version: live.version,
          release: live.release,
          since: live.since,
          containers: await Promise.all(live.containers.map(containerState)),
        }
      : null,
    standby: standby ? { version: standby.version, release: standby.release } : null,
    held: heldThere(record) ?? null,
    degraded: degradedState(record) ?? null,
    watch: watch && watch.release === live?.release ? watch : null,
    schema_revision: schema?.revision || null,
    rollback: {
      releases: rollbackTargets(manifest.deployment_history, live?.release, standby?.release, present),
      backups: backups.filter(({ verified, status }) => verified || status === "changing"),
    },
    kept: { databases, volumes: live ? [] : Object.values(description.volumes) },
  };
}

/** Each release once, newest first: the standby, and those whose images are all on this host. */
export function rollbackTargets(
  history: PastDeployment[],
  live: string | undefined,
  standby: string | undefined,
  present: Set<string>,
): RollbackTarget[] {
  const seen = new Set(live === undefined ? [] : [live]);
  return history.flatMap(({ version, release, deployed_at, images, result }): RollbackTarget[] => {
    if (result !== "success" || seen.has(release)) return [];
    const stands = release === standby;
    if (!stands && !Object.values(images).every((image) => present.has(image))) return [];
    seen.add(release);
    return [{ version, release, deployed_at, from: stands ? "standby" : "images" }];
  });
}

/** References by digest of all images that are here, by that or by the tag of a backup (OV-10). */
async function presentImages(layout: Layout, project: string): Promise<Set<string>> {
  const [images, { backups }] = await Promise.all([docker().listImages(), readLedger(layout, project)]);
  const idOf = new Map(images.flatMap(({ Id, RepoTags }) => (RepoTags ?? []).map((tag) => [tag, Id] as const)));
  const tagged = backups.filter(({ tag, imageId }) => tag !== undefined && idOf.get(tag) === imageId);
  return new Set([
    ...images.flatMap(({ RepoDigests }) => RepoDigests ?? []),
    ...tagged.map(({ reference }) => reference),
  ]);
}

async function containerState({ service, name }: { service: string; name: string }) {
  try {
    const { State } = await docker().getContainer(name).inspect();
    return { service, name, state: State.Status };
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
    return { service, name, state: "not there" };
  }
}
