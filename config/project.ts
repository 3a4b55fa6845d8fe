/** Kept wholly apart from each other: domains, networks, databases, secrets (MT-04). */
export type Environment = "production" | "staging" | "local";

/** What an operator says of a project in `projects.yml`, checked and with defaults filled in, for one environment. */
export interface Project {
  /** `^(?=.{1,31}$)[a-z](-?[a-z0-9])*$`; names the network, the database, the role and the prefix of every container. */
  name: string;
  /** Hosts in this environment, lower case; at least one where a container has a port, else none. */
  domains: string[];
  containers: ContainerSpec[];
  variables: {
    /** Must have a value from the stack's configuration, the environment's file or `defaults`. */
    required: string[];
    defaults: Record<string, string>;
    /** Variables that every started container must really have, with this value (OV-06). */
    promised: Record<string, string>;
  };
  /** `shared`: own database and role in the platform's Postgres, handed over as DATABASE_URL. */
  database: "shared" | "none";
  /** Left out: the step is skipped and said so. */
  migrations?: Migrations;
  smokeTests: SmokeTest[];
  keyTables: KeyTable[];
  /** Kept across releases, each reached by its name in the project's network (MT-24). */
  accessories: AccessorySpec[];
  backup: BackupSettings;
  deploy: DeploySettings;
}

export interface ContainerSpec {
  /** Unique in its project; the key of its image in a release. */
  name: string;
  /** TCP port that it listens on; left out for workers. */
  port?: number;
  /**
   * Paths that the gateway sends here: `/api/` means everything below it, `/feed.ics` this path only. Empty with a
   * port: everything else (at most one container per project).
   */
  routes: string[];
  health: HealthCheck;
  /** An answer slower than this counts as degraded, in milliseconds. Default 1000. */
  responseTimeLimitMs: number;
  /** Overrides the image's command. */
  command?: string[];
  limits: Limits;
  /** Read-only root file system with a tmpfs at /tmp. Default true. */
  readOnly: boolean;
  /** Further writable paths, as tmpfs. */
  tmpfs: string[];
  /** Named volumes, kept across releases: `{ name, path }`. */
  volumes: { name: string; path: string }[];
  /** Linux capabilities given back after all were dropped, without `CAP_`. Default none. */
  capabilities: string[];
}

/** A service beside the releases: a cache, an object store. Its `routes` are always empty. */
export interface AccessorySpec extends ContainerSpec {
  /** By digest. */
  image: string;
  /** Values that only it gets. */
  variables: Record<string, string>;
  /** Names of variables of the project that it gets, too. */
  projectVariables: string[];
}

/** How a project is backed up. */
export interface BackupSettings {
  /** `zstd`: Postgres' custom format, compressed by zstd; `gzip`: plain SQL in `.sql.gz`. Default `zstd`. */
  format: "zstd" | "gzip";
  /** Named volumes that belong to a backup. Left out: all that a release mounts which serves or may come back. */
  volumes?: string[];
  /** Backups of each type that are never deleted for their age. Default 7 (SC-07). */
  keep: number;
  /** Days until a backup may be deleted. Default 7 (SC-07). */
  retentionDays: number;
}

/** How a deploy is watched and taken back (RB-13); a stack's `slipway:deploy` overrides each value. */
export interface DeploySettings {
  /** Seconds that a new release is watched after the switch. Default 600; 0: not at all. */
  watchSeconds: number;
  /** Seconds before the error rate counts; failed checks in a row count at once. Default 30. */
  settleSeconds: number;
  /** Seconds of the watch that a deploy waits for; the rest goes on on the host. Default 60. */
  holdSeconds: number;
  /** Seconds between two checks, after a first minute of one every second. Default 10. */
  intervalSeconds: number;
  /** Failed checks in a row that roll back. Default 3. */
  failures: number;
  /** Share of failed checks and requests, 0 to 1, above which it rolls back. Default 0.1. */
  errorRate: number;
  /** Checks and requests below which the share means nothing. Default 20. */
  minimumRequests: number;
  /** Times the p99 response time of the release before, above which it rolls back. Default 3; 0: never. */
  latencyFactor: number;
  /** A p99 up to that long, in milliseconds, never rolls back. Default 250. */
  latencyFloorMs: number;
  /** Requests of either release below which the p99 means nothing. Default 100. */
  latencyRequests: number;
  /** Default true. */
  automaticRollback: boolean;
  /** What an automatic rollback and `rollback` do about the database. Default `auto`: kept at equal revisions. */
  database: "auto" | "keep" | "restore";
  /** Longest wait for requests in flight and WebSockets of the release before, in seconds. Default 30. */
  drainSeconds: number;
  /** Images of earlier releases that are kept. Default 5 (OV-11). */
  keepImages: number;
  /** Space that must be free on the host before a deploy, in GB. Default 5 (MT-05). */
  freeGB: number;
  /** Longest that one image is pulled, in seconds. Default 900 (SC-13). */
  pullSeconds: number;
  /** Longest that Docker takes to make and start one container, in seconds. Default 300 (SC-13). */
  startSeconds: number;
}

export interface HealthCheck {
  /** Exactly one of the two: an HTTP path on `port` that must answer 2xx, or a command that must exit 0. */
  path?: string;
  command?: string[];
  /** Text that the answer at `path` must contain: an error page can have the status 200. Left out: any answer. */
  expect?: string;
  /** Seconds between probes before it is healthy. Default 0.25. */
  intervalSeconds: number;
  /** Seconds after which one probe has failed. Default 5. */
  timeoutSeconds: number;
  /** Seconds after which the release has failed. Default 120 (SC-13). */
  deadlineSeconds: number;
}

export interface Limits {
  /** Default 256. */
  memoryMiB: number;
  /** Cores; default 1. */
  cpus: number;
  /** Processes and threads; default 256. */
  pids: number;
  /** Size of the container's log in MiB, kept as three files of a third each; default 30. */
  logMiB: number;
}

export interface Migrations {
  /** Container whose image, variables and network the commands run with. */
  container: string;
  upgrade: string[];
  /** Prints the revision that the database is at as the first word of its last line; nothing before the first one. */
  current?: string[];
  /** Prints one line per pending migration, nothing when there is none. */
  pending?: string[];
  downgrade?: string[];
  /** False: a failing migration can leave changes behind. Default true (Postgres DDL is transactional). */
  transactional: boolean;
  /** Whether the release before works with the migrated database; left out: not known, and a preview warns. */
  compatible?: boolean;
  /** Seconds until the migration is ended as failed. Default 600 (SC-13). */
  timeoutSeconds: number;
}

export interface SmokeTest {
  name: string;
  container: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
  expect: { status: number /** The answer must contain this text. */; body?: string };
}

export interface KeyTable {
  /** Table name, optionally with its schema. */
  table: string;
  /** Default 0: an empty table is allowed. */
  minimumRows: number;
}
