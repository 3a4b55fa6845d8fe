import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { TMPFS_OPTIONS } from "../../config/container-limits";
import type { StackConfig } from "../../config/stack-config";
import { dataVolume } from "../platform/data-volume";
import { infrastructureContainer } from "../platform/infrastructure";

/** Memory of the shared Postgres, in MiB. */
const MEMORY_MIB = 1024;
/** Longest wait for running transactions when it stops, in seconds. */
const STOP_SECONDS = 60;
/** Postgres' own, by the id that it has in its image. */
const SOCKETS = "uid=999,gid=999,mode=0755,nosuid,noexec";

export interface PostgresArgs {
  config: StackConfig;
  network: pulumi.Input<string>;
}

/**
 * The Postgres that projects with `database: shared` have their own database and role in. Its superuser exists only
 * on the container's own socket; its volume outlives the stack.
 */
export class Postgres extends pulumi.ComponentResource {
  readonly container: docker.Container;

  constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:database:Postgres", name, {}, opts);
    const { stack, images, infrastructure } = args.config;
    const volume = dataVolume(
      `${name}-data`,
      { volume: `slipway-${stack}-postgres`, labels: { stack, service: "postgres" } },
      { parent: this },
    );
    this.container = infrastructureContainer(
      {
        stack,
        service: "postgres",
        infrastructure,
        image: images.postgres,
        networksAdvanced: [{ name: args.network }],
        volumes: [{ volumeName: volume.name, containerPath: "/var/lib/postgresql/data" }],
        healthcheck: { tests: ["CMD", "/healthcheck"], interval: "1s", timeout: "5s", retries: 60 },
        waitTimeout: 120,
        memory: MEMORY_MIB,
        readOnly: true,
        tmpfs: { "/run/postgresql": SOCKETS, "/tmp": TMPFS_OPTIONS },
        shmSize: 128,
        destroyGraceSeconds: STOP_SECONDS,
        stopTimeout: STOP_SECONDS,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
