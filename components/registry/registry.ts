import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { TMPFS_OPTIONS } from "../../config/container-limits";
import type { StackConfig } from "../../config/stack-config";
import { dataVolume } from "../platform/data-volume";
import { infrastructureContainer } from "../platform/infrastructure";

export interface RegistryArgs {
  config: StackConfig;
}

/** Serves images by digest on the loopback interface, so that a release is pulled by what it is. */
export class Registry extends pulumi.ComponentResource {
  readonly container: docker.Container;

  constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:registry:Registry", name, {}, opts);
    const { stack, images, registry, infrastructure } = args.config;
    const volume = dataVolume(
      `${name}-data`,
      { volume: `slipway-${stack}-registry`, labels: { stack, service: "registry" } },
      { parent: this },
    );
    this.container = infrastructureContainer(
      {
        stack,
        service: "registry",
        infrastructure,
        image: images.registry,
        ports: [{ internal: 5000, external: registry.port, ip: "127.0.0.1" }],
        volumes: [{ volumeName: volume.name, containerPath: "/var/lib/registry" }],
        healthcheck: { tests: ["CMD", "/healthcheck"], interval: "1s", timeout: "5s", retries: 30 },
        memory: 256,
        readOnly: true,
        tmpfs: { "/tmp": TMPFS_OPTIONS },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
