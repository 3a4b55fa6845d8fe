import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { HostConfig } from "../../config/stack-config";

/** Seconds without an answer to a sign of life after which a connection counts as lost, and how often that may be. */
const ALIVE = { intervalSeconds: 10, missed: 3 };

/** What `ssh` is told of a stack's host, as the text of its configuration and of its list of known keys. */
export interface SshTexts {
  config: string;
  knownHosts: string;
}

/**
 * The one host with its one key: nothing of the user's own configuration, no other key, no question. `knownHosts` is
 * the path of the second text.
 */
export function sshTexts(stack: string, host: HostConfig, folder: string, knownHosts: string): SshTexts {
  const name = `slipway-${stack}`;
  const { identityFile } = host;
  const options = [
    ["HostName", host.address],
    ["Port", String(host.port)],
    ["User", host.user],
    ["HostKeyAlias", name],
    ["StrictHostKeyChecking", "yes"],
    ["UserKnownHostsFile", quoted(knownHosts)],
    ["GlobalKnownHostsFile", "/dev/null"],
    ["UpdateHostKeys", "no"],
    ["BatchMode", "yes"],
    ...(identityFile === undefined ? [] : [["IdentityFile", quoted(identityPath(folder, identityFile))]]),
    ...(identityFile === undefined ? [] : [["IdentitiesOnly", "yes"]]),
    ["ConnectionAttempts", "3"],
    ["ServerAliveInterval", String(ALIVE.intervalSeconds)],
    ["ServerAliveCountMax", String(ALIVE.missed)],
  ];
  const lines = options.map(([option, value]) => `  ${option} ${value}\n`);
  return { config: `Host *\n${lines.join("")}`, knownHosts: `${name} ${host.hostKey}\n` };
}

/** Relative to the program's folder, so that a state does not depend on where a checkout is. */
export function sshConfigPath(stack: string): string {
  return `.slipway/ssh/${stack}/config`;
}

/** Writes them below `.slipway` of the program's folder; every `ssh` of a stack is called with this configuration. */
export function writeSshFiles(folder: string, stack: string, host: HostConfig): void {
  const config = join(folder, sshConfigPath(stack));
  const knownHosts = join(folder, `.slipway/ssh/${stack}/known_hosts`);
  mkdirSync(resolve(config, ".."), { recursive: true });
  const texts = sshTexts(stack, host, folder, knownHosts);
  replace(knownHosts, texts.knownHosts);
  replace(config, texts.config);
}

/** The private key that `identityFile` names; undefined where the SSH agent has it. Throws when it cannot be read. */
export function privateKey(folder: string, { identityFile }: HostConfig): string | undefined {
  if (identityFile === undefined) return undefined;
  const path = identityPath(folder, identityFile);
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(
      `${path} cannot be read (${(cause as NodeJS.ErrnoException).code}); slipway:host.identityFile names the private ` +
        "key on this machine, leave it out to use the SSH agent's",
      { cause },
    );
  }
}

function identityPath(folder: string, file: string): string {
  return file.startsWith("~/") ? join(homedir(), file.slice(2)) : resolve(folder, file);
}

/** In a rename: another run of the same stack may be reading it. */
function replace(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}

/** As `ssh_config` reads a path: blanks need quotes, and `%` begins a token. */
function quoted(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}
