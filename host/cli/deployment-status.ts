import { columns } from "../columns";
import { ContractError } from "../contract-error";
import { type DeploymentStatus, deploymentStatus as statusOf } from "../deployment-status";
import { platformDescription } from "../description";
import { bytesText } from "../disk-space";
import { ago } from "../duration-text";
import type { Layout } from "../layout";
import { timestamp } from "../log";
import { chooseProject } from "./choose-project";
import type { Call, CliCommand } from "./command";

const USAGE = `Examples:
  deployment-status.sh shop                what runs now
  deployment-status.sh shop --history      the last 10 deployments
  deployment-status.sh shop --rollback     versions and backups one can go back to
  deployment-status.sh shop production --json | jq .current_deployment.version

usage: deployment-status.sh [PROJECT] [ENV] [--history|--rollback] [--json] [--stack STACK]

Shows what of a project is deployed. PROJECT may be left out where the host has only one; ENV, where it is given, has
to be the environment or the stack of this host.

  --history        past deployments, automatic rollbacks included, with the reason
  --rollback       where one can go back to
  --json           print all of it as a JSON object and nothing else on stdout
  --stack STACK    refuse when this host runs another stack

exit codes: 0 shown; 1 no such project or environment
`;

/** MT-16, MT-26 */
export const deploymentStatus: CliCommand = {
  usage: USAGE,
  options: { history: { type: "boolean" }, rollback: { type: "boolean" } },
  mostArguments: 2,
  async run({ layout, given: [named, environment], options, json, print, now }: Call): Promise<number> {
    const project = await chooseProject(layout, named);
    await refuseOtherEnvironment(layout, environment);
    const status = await statusOf(layout, project);
    if (json) print(`${JSON.stringify(status, null, 2)}\n`);
    else if (options.history) print(historyText(status));
    else if (options.rollback) print(rollbackText(status, now));
    else print(statusText(status, now));
    return 0;
  },
};

async function refuseOtherEnvironment(layout: Layout, wanted: string | undefined): Promise<void> {
  if (wanted === undefined) return;
  const { environment, stack } = await platformDescription(layout);
  if (wanted === environment || wanted === stack) return;
  throw new ContractError(`this host is ${environment} (stack ${stack}), not "${wanted}"`, 1);
}

export function statusText(status: DeploymentStatus, now: Date): string {
  const { project, environment, current_deployment: current, live, standby, held, degraded, watch, kept } = status;
  const lines: [string, string | undefined][] = [
    ["live", live ? `${named(live)} since ${shortTime(live.since)}, ${ago(live.since, now)}` : "nothing is deployed"],
    ["degraded", degraded ? `${degraded.text} (${shortTime(degraded.at)})` : undefined],
    ["deployed", current ? deployedText(current) : undefined],
    ["backup", current?.backup || undefined],
    ["schema", status.schema_revision ?? undefined],
    ["watch", watch ? watchText(watch) : undefined],
    ["standby", standby ? named(standby) : undefined],
    ["held", held ? `${held.text} (${shortTime(held.at)})` : undefined],
    ...kept.databases.map(({ name, bytes }): [string, string] => ["kept", `database ${name}, ${bytesText(bytes)}`]),
    ...kept.volumes.map((name): [string, string] => ["kept", `volume ${name}`]),
  ];
  const shown = lines.filter(([, text]) => text !== undefined);
  const heading = `${project} in ${environment}\n`;
  const body = shown.map(([label, text]) => `  ${label.padEnd(9)}${text}\n`).join("");
  const rows = live?.containers.map(({ service, state, name }) => [service, state, name]) ?? [];
  return `${heading}${body}${rows.length > 0 ? `\n${columns(["CONTAINER", "STATE", "NAME"], rows)}` : ""}`;
}

export function historyText({ project, deployment_history: history }: DeploymentStatus): string {
  if (history.length === 0) return `${project} was never deployed\n`;
  const rows = history.map(({ deployed_at, version, release, result, deployed_by }) => [
    shortTime(deployed_at),
    version,
    release,
    result,
    deployed_by,
  ]);
  const lines = columns(["DEPLOYED (UTC)", "VERSION", "RELEASE", "RESULT", "BY"], rows).trimEnd().split("\n");
  const [heading, ...deployments] = lines;
  const withReasons = deployments.flatMap((line, index) => {
    const reason = history[index]?.reason;
    return reason === undefined ? [line] : [line, ...reason.split("\n").map((part) => `  ${part}`)];
  });
  return `${[heading, ...withReasons].join("\n")}\n`;
}

export function rollbackText({ project, rollback: { releases, backups } }: DeploymentStatus, now: Date): string {
  const releaseRows = releases.map(({ version, release, deployed_at, from }) => [
    version,
    release,
    shortTime(deployed_at),
    from === "standby" ? "stands by: a switch" : "images are kept",
  ]);
  const backupRows = backups.map(({ backup_id, backup_type, created_at, restored_at, schema_revision, status }) => [
    backup_id,
    backup_type,
    ago(created_at, now),
    status === "changing" ? "half changed" : restored_at ? "restored" : "read back",
    schema_revision ?? "",
  ]);
  return [
    releases.length > 0
      ? columns(["VERSION", "RELEASE", "DEPLOYED (UTC)", ""], releaseRows)
      : `${project} has no release to go back to\n`,
    "\n",
    backups.length > 0
      ? columns(["BACKUP", "TYPE", "TAKEN", "PROVEN", "SCHEMA"], backupRows)
      : `${project} has no verified backup\n`,
  ].join("");
}

function named({ version, release }: { version: string; release: string }): string {
  return `${version} (release ${release})`;
}

function deployedText({ deployed_by, git_sha }: { deployed_by: string; git_sha: string }): string {
  return `by ${deployed_by}${git_sha === "" ? "" : `, git ${git_sha.slice(0, 12)}`}`;
}

function watchText(watch: NonNullable<DeploymentStatus["watch"]>): string {
  const { state, elapsedSeconds, totalSeconds, checks, failures, reason } = watch;
  const progress = `${Math.round(elapsedSeconds)} of ${totalSeconds} s, ${checks} checks, ${failures} failed`;
  return `${state}: ${progress}${reason === undefined ? "" : ` (${reason})`}`;
}

/** `2026-03-04 05:06` in UTC. */
function shortTime(at: string): string {
  return timestamp(new Date(at)).slice(0, 16);
}
