import { ContractError } from "./contract-error";
import { projectDescription } from "./description";
import { docker } from "./docker";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { readRecord, writeRecord } from "./record";
import { type RunResult, runOnce } from "./run-once";

const LOCK_WAIT_SECONDS = 900;
const FAILED = 1;
/** Exit code of a migration that failed (SC-03). */
const MIGRATION_FAILED = 3;
/** Lines of a failed command's output that the error shows. */
const SHOWN_LINES = 20;

export interface Downgraded {
  /** What the project's `current` command printed; "" where it declares none. */
  from: string;
  to: string;
}

/**
 * Runs the live release's downgrade command once (MT-26), with its image and environment as its container has them. The
 * caller has taken a backup. Traffic stays where it is.
 */
export async function downgrade(layout: Layout, log: Log, project: string): Promise<Downgraded> {
  return withLock(layout.project(project), `downgrade ${project}`, LOCK_WAIT_SECONDS, async () => {
    const record = await readRecord(layout, project);
    const run = await runner(layout, project);
    const before = await run("current");
    log.info(`${project}: ${run.downgrade.join(" ")}`);
    await run("downgrade");
    const after = await run("current");
    if (record.schema) {
      await writeRecord(layout, project, { ...record, schema: { ...record.schema, revision: after } });
    }
    log.info(`${project}: the database is at ${after || "its first revision"}${before ? `, it was at ${before}` : ""}`);
    return { from: before, to: after };
  });
}

/** Throws where the project has no command for it, or nothing that it could run in. */
export async function refuseWithoutDowngrade(layout: Layout, project: string): Promise<void> {
  await runner(layout, project);
}

interface Runner {
  /** Resolves with the revision that `current` prints. */
  (what: "current" | "downgrade"): Promise<string>;
  downgrade: string[];
}

async function runner(layout: Layout, project: string): Promise<Runner> {
  const [{ network }, { live }] = await Promise.all([projectDescription(layout, project), readRecord(layout, project)]);
  const migrations = live?.snapshot.migrations;
  const container = live?.containers.find(({ service }) => service === migrations?.container);
  if (!live || !migrations?.downgrade || !container) {
    const why = live ? `release ${live.release} declares no migrations.downgrade` : "no release of it is live";
    throw new ContractError(`${project} cannot be downgraded: ${why}`, FAILED);
  }
  const { Config } = await docker().getContainer(container.id).inspect();
  const { "slipway.release": release, ...labels } = Config.Labels;
  const wanted = {
    name: `${project}-downgrade-${release}`,
    image: live.images[migrations.container] ?? Config.Image,
    network,
    env: Object.fromEntries(Config.Env.map((line) => line.split(/=(.*)/s, 2) as [string, string])),
    // Not the service's own label, by which a rollout would take it for a container of the release.
    labels: { ...labels, "slipway.service": "migrate" },
    timeoutSeconds: migrations.timeoutSeconds,
    memoryMiB: live.snapshot.containers.find(({ name }) => name === container.service)?.limits.memoryMiB ?? 256,
  };
  const run = async (what: "current" | "downgrade"): Promise<string> => {
    const command = migrations[what];
    if (!command) return "";
    const result = await runOnce(wanted, command);
    if (result.exitCode !== 0) throw new ContractError(failureText(project, command, result), MIGRATION_FAILED);
    return result.stdout.trim().split("\n").at(-1)?.trim().split(/\s+/)[0] ?? "";
  };
  return Object.assign(run, { downgrade: migrations.downgrade });
}

function failureText(project: string, command: string[], { exitCode, output }: RunResult): string {
  const tail = output.trimEnd().split("\n").slice(-SHOWN_LINES);
  const lines = tail.map((line) => `  | ${line}`).join("\n");
  return `${project}: ${command.join(" ")} exited ${exitCode}; the backup taken before is the way back\n${lines}`;
}
