import * as pulumi from "@pulumi/pulumi";
import type { PreDeployBackupRequest } from "../../host/requests";
import type { Host } from "../host/host";

export interface PreDeployBackupArgs extends PreDeployBackupRequest {
  host: Host;
  /** Of the host's observation; a new number makes another backup. */
  epoch: pulumi.Input<number>;
  after: Promise<pulumi.Resource[]>;
}

/** The backup of a project before a release of it goes live (MT-06). */
export class PreDeployBackup extends pulumi.ComponentResource {
  /** Depend on it to come after the backup. */
  readonly done: pulumi.Resource;

  constructor(name: string, args: PreDeployBackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:backup:PreDeployBackup", name, {}, opts);
    const { host, epoch, after, ...request } = args;
    this.done = host.command(
      name,
      { create: "pre-deploy-backup", request, triggers: [request.release, epoch] },
      // It was a child of the project itself.
      { parent: this, dependsOn: after, aliases: [{ parent: opts?.parent }] },
    );
    this.registerOutputs({});
  }
}
