/** What `components/` sends a command of the host program on stdin, as JSON. Durations are seconds. */

import type { HealthCheck, SmokeTest } from "../config/project";

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
  /** Of the `nginx.conf` that the gateway should have. */
  configSha256: string;
  projects: Record<string, ProjectExpectation>;
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

/** Connects a project's network to the platform's containers and writes the project's own gateway file. */
export interface AttachRequest {
  project: string;
  network: string;
  gateway: GatewayRef;
  /** Ids of the containers to connect, with the names they answer to in that network. */
  members: { id: string; aliases: string[] }[];
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

export interface MigrateRequest {
  project: string;
  release: string;
  version: string;
  image: string;
  network: string;
  env: Record<string, string>;
  labels: Record<string, string>;
  upgrade: string[];
  current?: string[];
  timeoutSeconds: number;
  memoryMiB: number;
}

export interface RolloutRequest {
  project: string;
  release: string;
  version: string;
  /** From `Observation.projects`; written back when the rollout has settled. */
  epoch: number;
  network: string;
  /** That every container of the release carries. */
  labels: Record<string, string>;
  containers: ReleaseContainer[];
  smokeTests: SmokeTest[];
  gateway: GatewayRef;
  /** A host of the project, for confirming the switch; none for a project without domains. */
  host?: string;
  routes: { upstreams: string; locations: string };
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
