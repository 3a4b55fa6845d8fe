import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { AccessorySpec } from "../../config/project";
import type { AccessoryRef } from "../../host/requests";
import type { Host } from "../host/host";
import type { Variables } from "../platform/stack-secrets";
import { containerArgs, envList, mounts } from "../release/container-args";

/** What Docker cannot change of a container; the provider would only record the change, as done. */
const FOR_THE_NEXT = ["tmpfs", "healthcheck"];

export interface AccessoryArgs {
  stack: string;
  project: string;
  accessory: AccessorySpec;
  host: Host;
  network: pulumi.Input<string>;
  /** Volume name in `projects.yml` to its name in Docker. */
  volumes: Record<string, pulumi.Input<string>>;
  /** Of the project; it gets those that its declaration names. */
  variables: pulumi.Input<Variables>;
  /** What must be there before its image is pulled. */
  beforePull: pulumi.Resource[];
}

/**
 * A service beside a project's releases, reached by its name in the project's network. Deploys and rollbacks leave it
 * alone; a changed declaration replaces its container, and its volumes stay.
 */
export class Accessory extends pulumi.ComponentResource {
  /** Depend on it to come after the accessory is healthy. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: AccessoryArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:accessory:Accessory", name, {}, opts);
    const { stack, project, accessory, host, network } = args;
    const reference = accessoryRef(stack, project, accessory);
    const image = new docker.RemoteImage(
      name,
      { name: accessory.image, keepLocally: true },
      { parent: this, dependsOn: args.beforePull },
    );
    const container = new docker.Container(
      name,
      {
        ...containerArgs(accessory, { stack, project, service: accessory.name }),
        name: reference.name,
        image: image.imageId,
        envs: pulumi.output(args.variables).apply((values) => envList(accessoryEnv(accessory, values))),
        networksAdvanced: [{ name: network, aliases: [accessory.name] }],
        volumes: mounts(accessory, args.volumes),
      },
      { parent: this, deleteBeforeReplace: true, replaceOnChanges: FOR_THE_NEXT },
    );
    this.ready = host.command(
      `${name}-ready`,
      {
        create: "accessory",
        update: "accessory",
        request: { project, network, ...reference },
        triggers: [container.id],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** As the host program is told about it. */
export function accessoryRef(stack: string, project: string, accessory: AccessorySpec): AccessoryRef {
  const { name, port, health, limits, responseTimeLimitMs } = accessory;
  return {
    service: name,
    name: `slipway-${stack}-${project}-${name}`,
    ...(port !== undefined && { port }),
    health,
    pids: limits.pids,
    responseTimeLimitMs,
  };
}

function accessoryEnv({ variables, projectVariables }: AccessorySpec, values: Variables): Variables {
  const named = Object.entries(values).filter(([name]) => projectVariables.includes(name));
  return { ...Object.fromEntries(named), ...variables };
}
