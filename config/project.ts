/** Kept wholly apart from each other: domains, networks, databases, secrets (MT-04). */
export type Environment = "production" | "staging" | "local";

/** What an operator says of a project in `projects.yml`, checked and with defaults filled in, for one environment. */
export interface Project {
  /** `^[a-z](-?[a-z0-9]){0,30}$`; names the network, the database, the role and the prefix of every container. */
  name: string;
  /** Hosts in this environment, lower case; at least one where a container has a port, else none. */
  domains: string[];
  containers: ContainerSpec[];
  variables: {
    /** Must have a value from the stack's configuration, the environment's file or `defaults`. */
    required: string[];
    defaults: Record<string, string>;
  };
  /** `shared`: own database and role in the platform's Postgres, handed over as DATABASE_URL. */
  database: "shared" | "none";
  /** Left out: the step is skipped and said so. */
  migrations?: Migrations;
  smokeTests: SmokeTest[];
  keyTables: KeyTable[];
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

export interface HealthCheck {
  /** Exactly one of the two: an HTTP path on `port` that must answer 2xx, or a command that must exit 0. */
  path?: string;
  command?: string[];
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
