import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";

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
  /** What `observe` of the host program prints; "" where no program is yet. Runs during previews too. */
  observe(stdin: string): pulumi.Output<string>;
  command(name: string, lines: CommandLines, opts: pulumi.CustomResourceOptions): pulumi.CustomResource;
}
