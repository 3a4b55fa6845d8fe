import * as pulumi from "@pulumi/pulumi";
import type { RestorePrepareRequest } from "../../host/requests";
import type { Host } from "../host/host";

/** Its nonce makes it happen once (PU-11). */
export interface PreparedRestoreArgs extends Omit<RestorePrepareRequest, "repeatable"> {
  host: Host;
  after: pulumi.Resource[];
}

/** Fills and verifies a fresh database, which the rollout puts in place. */
export class PreparedRestore extends pulumi.ComponentResource {
  /** Depend on it to come after the database is there. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: PreparedRestoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:restore:PreparedRestore", name, {}, opts);
    const { host, after, ...request } = args;
    this.ready = host.command(
      name,
      { create: "restore-prepare", request, triggers: [request.nonce] },
      // It was a child of the project itself.
      { parent: this, dependsOn: after, aliases: [{ parent: opts?.parent }] },
    );
    this.registerOutputs({});
  }
}
