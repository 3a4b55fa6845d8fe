import type { DeploySettings, Environment, Project } from "./project";

/**
 * Where the projects run and which release of each is live: the `slipway:` keys of `Pulumi.<stack>.yaml`.
 *
 * Values are as they stand in the file: a secret is its ciphertext (`{ secure: "v1:…" }`), which is new whenever it
 * is set and gives nothing away, so that a release's hash can include it. A value of an `.env` file is its keyed hash.
 */
export interface StackConfig {
  stack: string;
  environment: Environment;
  /** Folder below which the host program, its state and its logs are. Default: `.slipway` beside the file on `local`, else `/`. */
  hostRoot: string;
  gateway: { /** Default 127.0.0.1. */ address: string /** Default 8080 on stack local. */; port: number };
  registry: { /** Loopback port of the stack's own registry. Default 5000. */ port: number };
  /** Images of the platform itself, by digest or image id. */
  images: { gateway: string; postgres: string; registry: string };
  /** Whether a deploy asks for `https://DOMAIN/healthz` as the public does (MT-19). Default: in production. */
  checkPublicAddress: boolean;
  /** `apply`: changes of gateway, Postgres and registry are made; `hold` (default): they wait, and preview says so. */
  infrastructure: "hold" | "apply";
  releases: Record<string, ProjectReleases>;
  /** Project to variable to value; secrets encrypted. `loadModel` adds those of `.env` files. */
  variables: Record<string, Record<string, ConfigValue>>;
  /** `slipway:deleteData`: names of projects whose database and volumes go with them. Default none. */
  deleteData: string[];
  /** Overrides of `Project.deploy` in this stack, by project; `*` for all. Default none. */
  deploy: Record<string, Partial<DeploySettings>>;
  /** Registry host to its login (MT-25). Default none. */
  registries: Record<string, { username: string; password: ConfigValue }>;
  /** Where deploys and rollbacks are told, in a Slack-compatible body. Default nowhere. */
  notify?: { webhook: ConfigValue };
  backup: {
    /** When a host with systemd backs up all projects, as systemd writes it (SC-16). Default every day at 03:00. */
    schedule: string;
    /** Where backups are copied to (SC-08). Default nowhere. */
    s3?: S3Config;
  };
  /** How the host is reached over SSH. Left out: the host is this machine. */
  host?: HostConfig;
}

export interface S3Config {
  endpoint: string;
  /** Default us-east-1. */
  region: string;
  bucket: string;
  /** Ends with `/`. Default "". */
  prefix: string;
  accessKeyId: ConfigValue;
  secretAccessKey: ConfigValue;
}

export interface HostConfig {
  address: string;
  /** Default root. */
  user: string;
  /** Default 22. */
  port: number;
  /** Public key that the host must show. */
  hostKey: string;
  /** Private key on this machine; default: those of the SSH agent. */
  identityFile?: string;
}

export interface ProjectReleases {
  live?: ReleaseConfig;
  /** The release before: its containers run without traffic. */
  standby?: ReleaseConfig;
  /**
   * A deploy or rollback that failed wrote `live`, with the snapshot of what served: an `up` runs that, whatever
   * `projects.yml` says meanwhile; the next deploy has the settings of `projects.yml` again. Default false.
   */
  fallback?: boolean;
  /** A backup of the database that is put in place with the switch to `live`, once for each nonce (PU-11). */
  restore?: { backup: string; nonce: string };
}

/** As it is written, its ciphertext, or a keyed hash of what a file `.env.…` has (`config/env-variables.ts`). */
export type ConfigValue = string | { secure: string } | { env: string };

export interface ReleaseConfig {
  /** Free text for people, e.g. `1.4.2`. */
  version: string;
  /** Container name to image reference by digest: `host[:port]/path@sha256:<64 hex>`. */
  images: Record<string, string>;
  /** Container name to the image's id on the host, where nothing has its digest any more but a backup's tag (OV-10). */
  imageIds?: Record<string, string>;
  /** Raised to get a new release of the same images, e.g. after a generated password was renewed. Default 0. */
  rotation?: number;
  /** What it ran with, so that it comes back as it was. Left out: what `projects.yml` and the variables say now. */
  snapshot?: ReleaseSnapshot;
}

/** A release that was live, as a host remembers it. */
export type RecordedRelease = Required<Omit<ReleaseConfig, Optional>> & Pick<ReleaseConfig, Optional>;
type Optional = "rotation" | "imageIds";

/** Everything beside the images that a release ran with; secrets as ciphertext. */
export interface ReleaseSnapshot
  extends Pick<Project, "database" | "containers" | "migrations" | "smokeTests" | "keyTables"> {
  promised: Record<string, string>;
  /** Those of the stack's configuration, over the defaults of `projects.yml`. */
  variables: Record<string, ConfigValue>;
}
