import { describedProjects } from "../description";
import { ago } from "../duration-text";
import type { PlannedRollback } from "../rollback";
import { chooseProject } from "./choose-project";
import { type Call, type CliCommand, UsageError } from "./command";
import { confirm } from "./confirm";
import { DATABASE_POLICIES, type DatabasePolicy } from "./operations";

const USAGE = `Examples:
  rollback.sh shop                         back to the release before
  rollback.sh shop 1.4.1 --yes             to a certain version, without a question
  rollback.sh shop --database restore      with the database as it was

usage: rollback.sh [PROJECT] [VERSION] [--database auto|keep|restore] [--yes] [--json] [--stack STACK]

Moves traffic back to a release whose containers stand by on this host. PROJECT may be left out where the host has only
one. Says what it will do, and asks. The next up sees it, says so, and leaves it.

  --database auto     keep it while both releases are at one schema revision, or every migration since was compatible;
                      else restore it
  --database keep     leave it as it is
  --database restore  from the newest verified backup that fits; a safety backup is taken first
                      (default: what the project says)
  --yes               do not ask
  --json              print the outcome as JSON and nothing else on stdout
  --stack STACK       refuse when this host runs another stack

exit codes: 0 done; 1 failed; 2 no such version; 3 the restore failed
environment: ROLLBACK_CONFIRM=yes for --yes
`;

/** SC-04 on a host alone, RB-14 */
export const rollback: CliCommand = {
  usage: USAGE,
  options: { database: { type: "string" }, yes: { type: "boolean", short: "y" } },
  mostArguments: 2,
  isOperation: true,
  async run(call: Call): Promise<number> {
    const { layout, log, given, options, json, by, operations, print } = call;
    const { project: named, version } = rollbackArguments(given, await describedProjects(layout));
    const database = policyOf(options.database as string | undefined);
    const project = await chooseProject(layout, named);
    const wanted = { project, ...(version !== undefined && { version }), ...(database && { database }) };
    let confirmed = {};
    await confirm(call, async () => {
      const { planRollback } = await import("../rollback");
      const plan = await planRollback(layout, log, wanted);
      confirmed = decided(plan);
      return questionOf(project, plan, call.now);
    });
    const done = await operations.rollbackOnHost(layout, log, { ...wanted, ...confirmed, by });
    log.success(`Rollback successful: ${done.version}`);
    const outcome = { schemaVersion: 1, result: "succeeded", project, version: done.version };
    if (json) print(`${JSON.stringify(outcome, null, 2)}\n`);
    return 0;
  },
};

/** One argument alone is a project where there is one of that name, or where the host has several. */
export function rollbackArguments(given: string[], known: string[]): { project?: string; version?: string } {
  const [first, second] = given;
  if (first === undefined) return {};
  if (second !== undefined) return { project: first, version: second };
  return known.includes(first) || known.length !== 1 ? { project: first } : { version: first };
}

function policyOf(text: string | undefined): DatabasePolicy | undefined {
  if (text === undefined) return undefined;
  const policy = DATABASE_POLICIES.find((known) => known === text);
  if (policy === undefined) throw new UsageError(`--database ${text}; allowed: ${DATABASE_POLICIES.join(", ")}`);
  return policy;
}

/** From, to, backup, and how many minutes of writes would be lost (RB-06). */
function questionOf(project: string, { from, to, data }: PlannedRollback, now: Date): string {
  const before = from ? `${from.version} (live since ${ago(from.since, now)})` : "no release";
  const offer =
    data.kind === "impossible" ? `${data.text.replace(/; containers only: .*$/, "")}, so containers only` : data.text;
  return `Roll ${project} back from ${before} to ${to.version}; database: ${offer}?`;
}

/** Whoever says yes gets what was asked, and nothing else. */
function decided({ data }: PlannedRollback): { database: DatabasePolicy; backup?: string } {
  return data.kind === "restore" ? { database: "restore", backup: data.backup } : { database: "keep" };
}
