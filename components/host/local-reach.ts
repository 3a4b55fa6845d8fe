import { isAbsolute, join, relative } from "node:path";
import * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { hostCommand } from "./host-commands";
import type { Reach } from "./reach";

/** This machine: its own Docker, and the host program below `root`, where the build installs it. */
export function localReach(root: string, parent: pulumi.Resource): Reach {
  const program = programPath(root);
  return {
    docker: {},
    program,
    ready: [],
    observe(stdin) {
      const line = hostCommand(program, "observe");
      return command.local.runOutput({ command: line, stdin, logging: "none" }, { parent }).stdout;
    },
    command: (name, lines, opts) => new command.local.Command(name, { ...lines, addPreviousOutputInEnv: false }, opts),
  };
}

/** Relative to the program's folder where it is below it, so that a state does not depend on where a checkout is. */
function programPath(root: string): string {
  const path = join(root, "opt/slipway/host.js");
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith("..") || isAbsolute(fromHere) ? path : fromHere;
}
