import { existsSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { ContainerSpec, Project } from "../config/project";
import { loadProjects } from "../config/projects-file";
import { checkout } from "./checkout";
import { parsed, UsageError, withUsage } from "./deploy/deploy-options";
import { failureText } from "./failure-text";
import { type Answers, projectsText } from "./init/projects-text";

const FAILED = 1;
const DEFAULTS = { name: "shop", port: "8080" };

const USAGE = `Examples:
  slipway init                              three questions, each with a default
  slipway init --yes --name blog            none of them
  slipway init --yes --name blog --domain blog.localhost --port 3000

usage: slipway init [--name NAME] [--domain HOST] [--port PORT] [--file FILE] [--yes] [--json]

Writes a projects.yml with one project, checked as up checks it. What is there already is never overwritten.

  --name NAME      the project (default ${DEFAULTS.name})
  --domain HOST    by which its gateway knows it on this machine (default NAME.localhost)
  --port PORT      that its container listens on (default ${DEFAULTS.port})
  --file FILE      what is written (default projects.yml, which is what every command reads)
  -y, --yes        do not ask, take the defaults
  --json           print what was written as JSON and nothing else on stdout; nothing is asked

Exit codes: 0 written; 1 not.
`;

const OPTIONS = {
  name: { type: "string" },
  domain: { type: "string" },
  port: { type: "string" },
  file: { type: "string" },
  yes: { type: "boolean", short: "y" },
  json: { type: "boolean" },
} as const;

export function run(args: string[], mayAsk = true): Promise<number> {
  return withUsage(args, USAGE, async () => {
    const { name, domain, port, file = "projects.yml", yes = false, json = false } = parsed(args, OPTIONS, 0).values;
    const asks = !yes && !json;
    if (asks && !(mayAsk && process.stdin.isTTY && process.stdout.isTTY)) {
      throw new UsageError("nobody is asked here; --yes takes the defaults");
    }
    try {
      refuseExisting(file);
      const answers = await answersTo({ name, domain, port }, asks);
      const schema = relative(dirname(resolve(file)), join(checkout(), "docs/projects.schema.json"));
      const text = projectsText(answers, schema);
      const [project] = loadProjects(text, file, "local") as [Project];
      writeFileSync(file, text, { flag: "wx" });
      process.stdout.write(json ? document(file, answers) : report(file, project));
      return 0;
    } catch (error) {
      process.stderr.write(failureText(error, json, "slipway.init.failed"));
      return FAILED;
    }
  });
}

function refuseExisting(file: string): void {
  if (!existsSync(file)) return;
  throw new Error(
    `${file} is there already, and stays as it is\n` +
      "hint: add the project to it (docs/adding-a-project.md), move it away, or name another with --file",
  );
}

/** What was given is not asked. */
async function answersTo(given: Partial<Record<keyof Answers, string | undefined>>, mayAsk: boolean): Promise<Answers> {
  const answer = async (what: string, named: string | undefined, otherwise: string) => {
    if (named !== undefined || !mayAsk) return named ?? otherwise;
    const { askValue } = await import("../engine/cli/ask");
    return (await askValue(`${what} [${otherwise}]: `, false)).trim() || otherwise;
  };
  const name = await answer("Name of the project", given.name, DEFAULTS.name);
  const domain = await answer("Its host name on this machine", given.domain, `${name}.localhost`);
  return { name, domain, port: await answer("Port that its container listens on", given.port, DEFAULTS.port) };
}

/** Everything that was decided, the defaults too, once. */
function report(file: string, { name, domains, containers, database, deploy }: Project): string {
  const [{ port, health, limits }] = containers as [ContainerSpec];
  return `${file} is written:
  project      ${name}
  domain       ${domains.join(", ")} (environment local)
  container    web, on port ${port}, at most ${limits.memoryMiB} MiB of memory and ${limits.cpus} CPU
  health       GET ${health.path} answers 2xx
  database     ${database}; \`database: shared\` gives it one
  deploys      watched for ${deploy.watchSeconds} s, taken back at failed checks or requests
Everything that can be said of a project: docs/projects.reference.yml
Next: slipway up, then docs/adding-a-project.md from step 3
`;
}

function document(file: string, project: Answers): string {
  return `${JSON.stringify({ schemaVersion: 1, result: "succeeded", file, project }, undefined, 2)}\n`;
}
