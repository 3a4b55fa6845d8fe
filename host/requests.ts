/** What `components/` sends a command of the host program on stdin, as JSON. Durations are seconds. */

import type {
  BackupSettings,
  DeploySettings,
  Environment,
  HealthCheck,
  KeyTable,
  Limits,
  Migrations,
} from "../config/project";
import type { RecordedRelease } from "../config/stack-config";
import type { NetworkMember } from "./network-members";

/** A container of a release as Docker knows it. */
export interface ContainerRef {
  /** The container's name in `projects.yml`. */
  service: string;
  /** Docker's name, unique for every creation. */
  name: string;
  id: string;
}

export interface ReleaseContainer extends ContainerRef {
  /** Left out for workers. */
  port?: number;
  health: HealthCheck;
  /** Highest number of processes and threads. */
  pids: number;
  /** An answer slower than this counts as degraded, in milliseconds. */
  responseTimeLimitMs: number;
}

/** An accessory's container; its name never changes. */
export type AccessoryRef = Omit<ReleaseContainer, "id">;

/** What a host knows of itself when nobody tells it: kept in `platform.json`, mode 0600. */
export interface PlatformDescription {
  stack: string;
  environment: Environment;
  gateway: GatewayRef;
  /** Docker's names of the platform's other containers. */
  postgres: string;
  registry: string;
  /** Loopback port of the registry. */
  registryPort: number;
  /** Secret. */
  webhook?: string;
  /** Secret. */
  s3?: {
    endpoint: string;
    region: string;
    bucket: string;
    prefix: string;
    accessKeyId: string;
    secretAccessKey: string;
  };
}

/**
 * What a host has to know of a project to back it up, restore it, check it and take it back with nothing else at hand:
 * kept as `description.json` in the project's folder. Without secrets.
 */
export interface ProjectDescription {
  project: string;
  /** Docker's name. */
  network: string;
  domains: string[];
  /** Name of the database and of its role. */
  database?: string;
  /** Volume name in `projects.yml` to Docker's name: all of the project's. */
  volumes: Record<string, string>;
  accessories: AccessoryRef[];
  migrations?: Migrations;
  keyTables: KeyTable[];
  backup: Required<BackupSettings>;
  deploy: DeploySettings;
  /** Whether the address that the public uses is checked after a deploy, over HTTPS (MT-19). */
  checksPublicAddress: boolean;
}

/** What an operator's command wants of the next deploy of one release: valid for that release only, for an hour. */
export interface Intent {
  project: string;
  release: string;
  operation: "deploy" | "rollback";
  /** Go on although a check before the deploy failed, those apart that are never passed (MT-05). */
  force: boolean;
  skipBackup: boolean;
  /** Of a rollback: the data stays as it is, so that there is nothing to back up first. Default false. */
  keepsData?: boolean;
  /** What speaks against it beside the checks of the host: of the repository, which the host does not see. */
  findings?: string[];
  /** Who, e.g. `ann@laptop`. */
  by: string;
  /** Of the repository at that time; "" where there is none. */
  gitSha: string;
  /** RFC 3339. */
  at: string;
  /** The run that wants it: all that is done for it belongs to that one. */
  run: string;
}

/** How a command of the host program reaches the gateway. */
export interface GatewayRef {
  /** Docker's name of the gateway container. */
  container: string;
  /** Where it is published on this host, for confirming a switch from outside. */
  address: string;
  port: number;
}

/** Answer: `Observation`. */
export interface ObserveRequest {
  /** That asks: a host has one. */
  stack: string;
  /** Of the `nginx.conf` that the gateway should have. */
  configSha256: string;
  projects: Record<string, ProjectExpectation>;
  /**
   * Variables of the environment that an `up` over SSH was started with, kept for its commands. Left out: it is a preview,
   * or runs on the host itself.
   */
  settings?: Record<string, string>;
}

export interface ProjectExpectation {
  /** The release that the configuration calls live; "" for none. */
  release: string;
  /** Of the project's own gateway file. */
  siteSha256: string;
}

/** Writes the gateway's own configuration; tests and reloads it where the gateway runs already. */
export interface GatewayRequest {
  gateway: GatewayRef;
  /** `nginx.conf`. */
  config: string;
  /** From `Observation.gateway`; a new one applies the configuration again. */
  epoch: number;
}

/** Connects a new gateway container to the networks of all projects and waits until it is healthy. */
export interface GatewayReadyRequest {
  /** Id of its container. */
  id: string;
  aliases: string[];
}

/** Connects a project's network to the platform's containers and writes the project's own gateway file. */
export interface AttachRequest {
  project: string;
  network: string;
  gateway: GatewayRef;
  /** Ids of the containers to connect, with the names they answer to in that network. */
  members: NetworkMember[];
  /** `sites/<project>.conf`; "" where the project has no domain. */
  site: string;
  /** From `Observation.projects`. */
  epoch: number;
}

/** Makes sure that role and database are there and that the password is this one. */
export interface DatabaseRequest {
  project: string;
  /** Id of the Postgres container. */
  postgres: string;
  database: string;
  role: string;
  password: string;
  /** `true`: the delete of this resource drops database and role. Default: both are kept. */
  deleteData: boolean;
}

/** With the limits of the container whose image and variables it has. */
export interface MigrateRequest extends Limits {
  project: string;
  release: string;
  version: string;
  image: string;
  network: string;
  env: Record<string, string>;
  labels: Record<string, string>;
  upgrade: string[];
  current?: string[];
  /** The release before does not work with the result, and the project has a database that can be taken back. */
  isIncompatible: boolean;
  /** The release before works with it, as the project says. */
  isCompatible: boolean;
  /** Nonce of a restore that belongs to this release. */
  restore?: string;
  /** False: a failure can leave changes behind, so nobody writes meanwhile and the database comes back. */
  isTransactional: boolean;
  gateway: GatewayRef;
  timeoutSeconds: number;
}

/** Answer: `PendingMigrations`. */
export interface PendingRequest
  extends Limits,
    Pick<MigrateRequest, "project" | "release" | "network" | "env" | "labels"> {
  /** By digest, or by id. */
  image: string;
  pending: string[];
}

export interface RolloutRequest {
  project: string;
  release: string;
  /** As the stack's file would name it to come back as it is. */
  config: RecordedRelease;
  /** From `Observation.projects`; written back when the rollout has settled. */
  epoch: number;
  network: string;
  /** That every container of the release carries. */
  labels: Record<string, string>;
  containers: ReleaseContainer[];
  /** A restore that belongs to this release; its database was prepared by `restore-prepare`. */
  restore?: { backup: string; nonce: string };
  gateway: GatewayRef;
  /** A host of the project, for confirming the switch; none for a project without domains. */
  host?: string;
  routes: { upstreams: string; locations: string };
}

/** Moves traffic back to the standby, at once (RB-06). Answer: `RollbackResult`. */
export interface RollbackRequest {
  project: string;
  /** Default: the release before. */
  version?: string;
  /** Default: the project's `deploy.database`. */
  database?: DeploySettings["database"];
  /** A backup's id instead of the one that fits. */
  backup?: string;
  by: string;
}

/** Checks before a deploy, all of them; notes the images that are pulled next, and changes nothing else (MT-05, OV-13). */
export interface PreflightRequest {
  project: string;
  release: string;
  version: string;
  gateway: GatewayRef;
  /** The files that the deploy would write, with stand-ins for the names of containers. */
  site: string;
  routes: { upstreams: string; locations: string };
  /** Space that must be free, in GB. */
  freeGB: number;
  /** Container name to the processors that it may use. */
  cpus: Record<string, number>;
  /** Container name to image by digest, about to be pulled. */
  images: Record<string, string>;
}

/** Backs up a project before a deploy of this release: images, database, volumes, configuration (MT-06). */
export interface PreDeployBackupRequest {
  project: string;
  release: string;
  version: string;
}

/** Starts the backups of all projects by a timer, where systemd runs (SC-16). */
export interface BackupTimerRequest {
  /** Calendar expression of systemd's, for people. */
  schedule: string;
  /** File name to text. */
  units: Record<string, string>;
}

/** Limits an accessory's processes and waits until it is healthy. */
export interface AccessoryRequest extends AccessoryRef {
  project: string;
  network: string;
}

/** Prepares the database that a backup has, for the rollout to swap in; each nonce once (PU-11). */
export interface RestorePrepareRequest {
  project: string;
  /** That goes live with the restored data. */
  release: string;
  version: string;
  /** Id, or `latest`. */
  backup: string;
  /** A new one asks for the restore again. */
  nonce: string;
  /** Of the release. */
  keyTables: KeyTable[];
  /** The same one may, too: it is a command's, not a configuration's. Default false. */
  repeatable?: boolean;
}

/** Removes a release from service for good; its containers are deleted after it. */
export interface RetireRequest {
  project: string;
  release: string;
  gateway: GatewayRef;
  /** Longest wait for connections of the old configuration. */
  drainSeconds: number;
}

/** Takes a project off the gateway. */
export interface UnrouteRequest {
  project: string;
  gateway: GatewayRef;
}
