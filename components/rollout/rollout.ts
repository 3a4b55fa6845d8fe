import * as pulumi from "@pulumi/pulumi";
import { type Release as ReleaseModel, snapshotOf } from "../../config/release";
import type { GatewayRef, RolloutRequest } from "../../host/requests";
import { routesConfig } from "../gateway/nginx-config";
import type { Host, HostRequest } from "../host/host";
import { labelMap } from "../platform/labels";
import type { Release } from "../release/release";

export interface RolloutArgs {
  stack: string;
  project: string;
  live: ReleaseModel;
  /** Its containers. */
  release: Release;
  /** A restore that belongs to it. */
  restore?: RolloutRequest["restore"];
  host: Host;
  network: pulumi.Input<string>;
  gateway: pulumi.Input<GatewayRef>;
  /** Of the host's observation; a new number rolls it out again. */
  epoch: pulumi.Input<number>;
  after: Promise<pulumi.Resource[]>;
}

/** Takes a project's traffic to its live release, through every gate; and off the gateway with the project (MT-12). */
export class Rollout extends pulumi.ComponentResource {
  /** Known when traffic goes to the release. */
  readonly settled: pulumi.Output<string>;

  constructor(name: string, args: RolloutArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:rollout:Rollout", name, {}, opts);
    const { stack, project, live, release, host, network, gateway, epoch, after } = args;
    // Both were children of the project itself.
    const own = { parent: this, aliases: [{ parent: opts?.parent }] };

    // Before the rollout, which may fail when traffic has gone over: the way to take it away is then there, too.
    const route = host.command(
      `${project}-route`,
      { delete: "unroute", request: { project, gateway } },
      { ...own, dependsOn: [release.retire] },
    );
    const [domain] = live.project.domains;
    const { id } = host.command(
      name,
      {
        create: "rollout",
        update: "rollout",
        request: {
          project,
          release: live.id,
          config: { ...live.config, snapshot: snapshotOf(live) },
          epoch,
          network,
          labels: labelMap({ stack, project, release: live.id }),
          containers: release.containers,
          ...(args.restore && { restore: args.restore }),
          gateway,
          ...(domain && { host: domain }),
          routes: release.containers.apply((containers) =>
            routesConfig(
              live.project,
              live.id,
              Object.fromEntries(containers.map(({ service, name }) => [service, name])),
            ),
          ),
        } satisfies HostRequest<RolloutRequest>,
        triggers: [live.id, epoch, release.containers.apply((containers) => containers.map(({ name }) => name))],
      },
      { ...own, dependsOn: after.then((others) => [route, ...others]) },
    );
    this.settled = id;
    this.registerOutputs({});
  }
}
