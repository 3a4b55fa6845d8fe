import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { HostConfig } from "../../config/stack-config";
import type { Observation } from "../../host/observe";
import type { PendingMigrations } from "../../host/pending";
import type { ObserveRequest, PendingRequest } from "../../host/requests";
import { hostCommand, NOTHING } from "./host-commands";
import { localReach } from "./local-reach";
import type { Reach } from "./reach";
import { remoteReach } from "./remote-reach";

export interface HostArgs {
  stack: string;
  /** Folder below which the host program, its state and its logs are: `.slipway` of the checkout on stack local. */
  root: string;
  /** How it is reached over SSH. Left out: it is this machine. */
  ssh?: HostConfig;
  /** Logins for private registries, secret. Default none. */
  registryAuth?: pulumi.Input<docker.types.input.ProviderRegistryAuth[]>;
}

/** A request of `host/requests.ts`, before all of it is known. */
export type HostRequest<T> = { [K in keyof T]: pulumi.Input<T[K]> };

export interface HostCommandArgs {
  /** Command of the host program that runs when the resource is created or its triggers change. */
  create?: string;
  /** The same for a changed request without a changed trigger. Default: nothing runs. */
  update?: string;
  /** The same when the resource goes, with the request it was created with. Default: nothing runs. */
  delete?: string;
  /** Sent on stdin as JSON; secret as a whole where a part is. */
  request: pulumi.Input<object>;
  /** A change of any runs `create` again. */
  triggers?: pulumi.Input<unknown>[];
}

const NOT_ASKED: PendingMigrations = { kind: "not known", reason: "the next `up` installs what asks for them" };

/** The machine that everything runs on: its Docker engine, and its host program as command resources. */
export class Host extends pulumi.ComponentResource {
  readonly provider: docker.Provider;
  private readonly reach: Reach;

  /** Path of the host program on it. */
  get program(): string {
    return this.reach.program;
  }

  constructor(name: string, { stack, root, ssh, registryAuth }: HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:host:Host", name, {}, opts);
    this.reach = ssh ? remoteReach(name, { stack, root, host: ssh }, this) : localReach(root);
    this.provider = new docker.Provider(`${name}-docker`, { ...this.reach.docker, registryAuth }, { parent: this });
    this.registerOutputs({});
  }

  /** Runs during previews too; reads only. */
  observe(request: ObserveRequest): pulumi.Output<Observation> {
    return this.reach.observe(request);
  }

  /** Runs whenever the program runs; known when the request is. */
  pending(request: pulumi.Input<PendingRequest>): pulumi.Output<PendingMigrations> {
    // A host program from before this command knows nothing of it.
    const line = `(${this.reach.line("pending")}) || :`;
    const stdin = pulumi.jsonStringify(request);
    return command.local
      .runOutput({ command: line, stdin, logging: "none" }, { parent: this })
      .stdout.apply((text): PendingMigrations => (text === "" ? NOT_ASKED : JSON.parse(text)));
  }

  command(
    name: string,
    args: HostCommandArgs,
    opts: Omit<pulumi.CustomResourceOptions, "dependsOn"> & {
      dependsOn?: pulumi.Resource[] | Promise<pulumi.Resource[]>;
    },
  ): pulumi.CustomResource {
    const { program, ready } = this.reach;
    const { dependsOn = [] } = opts;
    const afterReady = (others: pulumi.Resource[]) => [...ready, ...others];
    const run = (verb: string | undefined) => verb && hostCommand(program, verb);
    const lines = {
      create: run(args.create),
      // Without one, `create` would run.
      update: run(args.update) ?? (args.create && NOTHING),
      delete: run(args.delete),
      stdin: pulumi.jsonStringify(args.request),
      triggers: args.triggers,
    };
    const after = Array.isArray(dependsOn) ? afterReady(dependsOn) : dependsOn.then(afterReady);
    return this.reach.command(name, lines, { ...opts, dependsOn: after });
  }
}
