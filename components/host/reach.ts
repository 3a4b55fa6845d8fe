import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { Observation } from "../../host/observe";
import type { ObserveRequest } from "../../host/requests";

/** What runs at the steps of a command's life, each one line of shell, with `stdin` as its input; left out: nothing. */
export interface CommandLines {
  create?: string;
  update?: string;
  delete?: string;
  stdin: pulumi.Input<string>;
  triggers?: pulumi.Input<unknown>[];
}

/** How a host is reached: the part of `Host` that differs between this machine and one behind SSH. */
export interface Reach {
  docker: docker.ProviderArgs;
  /** Path of the host program, as its commands are to name it. */
  program: string;
  /** What every command of the host program needs to be there first. */
  ready: pulumi.Resource[];
  /** What the host program tells of itself, also where it is not installed yet. Runs during previews too. */
  observe(request: ObserveRequest): pulumi.Output<Observation>;
  /** Line for this machine's shell that runs a command of the host program; nothing where it is not installed yet. */
  line(verb: string): string;
  command(name: string, lines: CommandLines, opts: pulumi.CustomResourceOptions): pulumi.CustomResource;
}
