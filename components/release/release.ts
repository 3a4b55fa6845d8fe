import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ContainerSpec, DeploySettings } from "../../config/project";
import type { GatewayRef, ReleaseContainer } from "../../host/requests";
import type { Host } from "../host/host";
import { containerArgs, envList, mounts } from "./container-args";

/**
 * A worker is made and not started, so that it never works before its release is live: the host program starts it at the
 * switch. Whether it runs is then none of the engine's business.
 */
const NOT_STARTED = { start: false, mustRun: false };

export interface ReleaseArgs {
  stack: string;
  project: string;
  /** R: names everything of it, and never its role, so that a release keeps its URNs from candidate to standby. */
  release: string;
  version: string;
  /** Container name to image by digest, or by id where the host alone has it. */
  images: Record<string, string>;
  containers: ContainerSpec[];
  host: Host;
  network: pulumi.Input<string>;
  /** Volume name in `projects.yml` to its name in Docker. */
  volumes: Record<string, pulumi.Input<string>>;
  env: pulumi.Input<Record<string, string>>;
  gateway: pulumi.Input<GatewayRef>;
  /** How long it may take to pull an image, to start a container, and to drain the gateway. */
  limits: Pick<DeploySettings, "pullSeconds" | "startSeconds" | "drainSeconds">;
  /** What must be there before an image is pulled, and before a container starts. */
  beforePull: pulumi.Resource[] | Promise<pulumi.Resource[]>;
  beforeStart: pulumi.Resource[];
  /** Declares the migration, which runs in an image of the release before any container of it starts. */
  migrate?(images: Record<string, pulumi.Output<string>>): pulumi.Resource[];
}

/** The images and containers of one version of a project; receives traffic only by a rollout. */
export class Release extends pulumi.ComponentResource {
  /** As the host program is told about them. */
  readonly containers: pulumi.Output<ReleaseContainer[]>;
  /** Depend on it to come after the containers, and to go before them. */
  readonly retire: pulumi.Resource;

  constructor(name: string, args: ReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:release:Release", name, {}, opts);
    const { project, release, host } = args;
    const images = new Map(args.containers.map(({ name: service }) => [service, this.pull(service, args)]));
    const imageIds = Object.fromEntries([...images].map(([service, image]) => [service, image.imageId]));
    const beforeStart = [...args.beforeStart, ...(args.migrate?.(imageIds) ?? [])];
    const started = args.containers.map((spec) => ({
      spec,
      container: this.start(spec, imageIds[spec.name] as pulumi.Output<string>, beforeStart, args),
    }));
    this.containers = pulumi.all(
      started.map(({ spec, container }) =>
        pulumi.all([container.name, container.id]).apply(([dockerName, id]) => ({
          service: spec.name,
          name: dockerName,
          id,
          ...(spec.port !== undefined && { port: spec.port }),
          health: spec.health,
          pids: spec.limits.pids,
          responseTimeLimitMs: spec.responseTimeLimitMs,
        })),
      ),
    );
    this.retire = host.command(
      `${project}-retire-${release}`,
      {
        delete: "retire",
        request: { project, release, gateway: args.gateway, drainSeconds: args.limits.drainSeconds },
      },
      { parent: this, dependsOn: started.map(({ container }) => container) },
    );
    this.registerOutputs({});
  }

  private pull(service: string, args: ReleaseArgs): docker.RemoteImage {
    return new docker.RemoteImage(
      `${args.project}-${service}-${args.release}`,
      { name: args.images[service] as string, keepLocally: true },
      {
        parent: this,
        provider: args.host.provider,
        dependsOn: args.beforePull,
        customTimeouts: { create: `${args.limits.pullSeconds}s` },
      },
    );
  }

  /** Its name in Docker gets a random end from Pulumi, so that an orphan of a killed run never collides. */
  private start(
    spec: ContainerSpec,
    image: pulumi.Output<string>,
    beforeStart: pulumi.Resource[],
    args: ReleaseArgs,
  ): docker.Container {
    const { stack, project, release, env } = args;
    const inputs: docker.ContainerArgs = {
      ...containerArgs(spec, { stack, project, service: spec.name, release }),
      ...(spec.port === undefined && NOT_STARTED),
      image,
      envs: pulumi.output(env).apply((values) => envList({ ...values, ...releaseEnv(args) })),
      networksAdvanced: [{ name: args.network, aliases: [releaseHost(spec.name, release)] }],
      volumes: mounts(spec, args.volumes),
    };
    return new docker.Container(`${project}-${spec.name}-${release}`, inputs, {
      parent: this,
      provider: args.host.provider,
      dependsOn: beforeStart,
      customTimeouts: { create: `${args.limits.startSeconds}s` },
      ignoreChanges: [...Object.keys(inputs), "name"].filter((key) => key !== "mustRun"),
    });
  }
}

/** Name under which the other containers of the same release reach this one; the old release has names of its own. */
function releaseHost(service: string, release: string): string {
  return `${service}-${release}`;
}

function releaseEnv({ containers, release, version }: ReleaseArgs): Record<string, string> {
  const hosts = containers.map(({ name }) => [
    `SLIPWAY_${name.toUpperCase().replaceAll("-", "_")}_HOST`,
    releaseHost(name, release),
  ]);
  return { SLIPWAY_RELEASE: release, SLIPWAY_VERSION: version, ...Object.fromEntries(hosts) };
}
