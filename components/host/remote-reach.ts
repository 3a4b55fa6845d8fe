import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { settingVariables } from "../../config/setting-variables";
import type { HostConfig } from "../../config/stack-config";
import type { Observation } from "../../host/observe";
import { freshHost } from "./fresh-host";
import { hostCommandWhereInstalled, installCommand, overSsh } from "./host-commands";
import type { Reach } from "./reach";
import { privateKey, sshConfigPath, writeSshFiles } from "./ssh";

/** What is installed on a host: the build puts it here, for stack local to run it in place. */
const INSTALLED_FROM = ".slipway/opt/slipway";

/** Set to 1, it has an `up` record the key that it is run with, in place of those that resources were made with. */
const RECORD_KEY = "SLIPWAY_RECORD_KEY";

/** Attempts to connect: the first, and three more (SC-12). */
const ATTEMPTS = 4;

/** A host behind SSH. It shows the one key that the stack's configuration names, or nothing is sent to it. */
export function remoteReach(
  name: string,
  { stack, root, host }: { stack: string; root: string; host: HostConfig },
  parent: pulumi.Resource,
): Reach {
  const folder = process.cwd();
  writeSshFiles(folder, stack, host);
  const config = sshConfigPath(stack);
  const opt = join(root, "opt/slipway");
  const program = join(opt, "host.js");
  // Pulumi's SDK makes a secret of it as a whole.
  const connection: command.types.input.remote.ConnectionArgs = {
    host: host.address,
    port: host.port,
    user: host.user,
    hostKey: host.hostKey,
    privateKey: privateKey(folder, host),
    dialErrorLimit: ATTEMPTS,
  };

  const installed = new command.local.Command(
    `${name}-program`,
    {
      create: installCommand(INSTALLED_FROM, config, host.address, opt),
      triggers: [contentHash(join(folder, INSTALLED_FROM)), host.address],
      addPreviousOutputInEnv: false,
    },
    { parent },
  );

  const line = (verb: string) => overSsh(config, host.address, hostCommandWhereInstalled(program, verb));

  return {
    docker: { host: dockerAddress(host), sshOpts: ["-F", config] },
    program,
    ready: [installed],
    observe(request) {
      const stdin = JSON.stringify({ ...request, ...(!pulumi.runtime.isDryRun() && { settings: settingVariables() }) });
      return command.local
        .runOutput({ command: line("observe"), stdin, logging: "none" }, { parent })
        .stdout.apply((text) => (text === "" ? freshHost(request) : (JSON.parse(text) as Observation)));
    },
    line,
    command: (commandName, lines, opts) =>
      new command.remote.Command(
        commandName,
        { connection, ...lines, addPreviousOutputInEnv: false },
        { ...opts, ignoreChanges: recordsKey() ? [] : ["connection.privateKey"] },
      ),
  };
}

/**
 * Whoever runs it, each with a key of their own, changes nothing: else a deploy, which may change only what is its
 * project's, would be refused after every `up` of somebody else. So what is recorded stays, until it is asked for anew.
 */
function recordsKey(): boolean {
  return process.env[RECORD_KEY] === "1";
}

function dockerAddress({ user, address, port }: HostConfig): string {
  return `ssh://${user}@${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/** Of all files in a folder, with their names; not of the caches that a program which runs there keeps. */
function contentHash(folder: string): string {
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).sort()) {
    if (file.startsWith(".")) continue;
    hash.update(JSON.stringify(file)).update(
      createHash("sha256")
        .update(readFileSync(join(folder, file)))
        .digest(),
    );
  }
  return hash.digest("hex");
}
