import { isAbsolute, join, relative } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { layoutAt } from "../../host/layout";
import { observe } from "../../host/observe";
import { hostCommandWhereInstalled } from "./host-commands";
import type { Reach } from "./reach";

/** This machine: its own Docker, and the host program below `root`, where the build installs it. */
export function localReach(root: string): Reach {
  const program = programPath(root);
  return {
    docker: {},
    program,
    ready: [],
    // Files of this machine, which this process can read itself.
    observe: (request) => pulumi.output(observe(layoutAt(root), request)),
    line: (verb) => hostCommandWhereInstalled(program, verb),
    command: (name, lines, opts) => new command.local.Command(name, { ...lines, addPreviousOutputInEnv: false }, opts),
  };
}

/** Relative to the program's folder where it is below it, so that a state does not depend on where a checkout is. */
function programPath(root: string): string {
  const path = join(root, "opt/slipway/host.js");
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere;
}
