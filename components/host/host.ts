import { isAbsolute, join, relative } from "node:path";
import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Observation } from "../../host/observe";
import type { ObserveRequest } from "../../host/requests";
import { hostCommand, NOTHING } from "./host-commands";

export interface HostArgs {
  /** Folder below which the host program, its state and its logs are: `.slipway` of the checkout on stack local. */
  root: string;
  /** Logins for private registries, secret. Default none. */
  registryAuth?: pulumi.Input<docker.types.input.ProviderRegistryAuth[]>;
}

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

/** The machine that everything runs on: its Docker engine, and its host program as command resources. */
export class Host extends pulumi.ComponentResource {
  readonly provider: docker.Provider;
  private readonly program: string;

  constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super("slipway:host:Host", name, {}, opts);
    this.provider = new docker.Provider(`${name}-docker`, { registryAuth: args.registryAuth }, { parent: this });
    this.program = programPath(args.root);
    this.registerOutputs({});
  }

  /** Runs during previews too; reads only. */
  observe(request: ObserveRequest): pulumi.Output<Observation> {
    const run = command.local.runOutput(
      { command: hostCommand(this.program, "observe"), stdin: JSON.stringify(request), logging: "none" },
      { parent: this },
    );
    return run.stdout.apply((text) => JSON.parse(text) as Observation);
  }

  command(name: string, args: HostCommandArgs, opts: pulumi.CustomResourceOptions): command.local.Command {
    const run = (verb: string | undefined) => (verb ? hostCommand(this.program, verb) : NOTHING);
    return new command.local.Command(
      name,
      {
        create: run(args.create),
        update: run(args.update),
        delete: run(args.delete),
        stdin: pulumi.jsonStringify(args.request),
        triggers: args.triggers,
        addPreviousOutputInEnv: false,
      },
      opts,
    );
  }
}

/** Relative to the program's folder where it is below it, so that a state does not depend on where a checkout is. */
function programPath(root: string): string {
  const path = join(root, "opt/slipway/host.js");
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere;
}
