import { createHmac, randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mistake } from "./config-error";
import { type EnvLine, readEnvFile } from "./env-file";
import { isGenerated } from "./generated-variable";
import type { Environment, Project } from "./project";
import type { ConfigValue } from "./stack-config";

/** Random, so that a hash tells nothing of a value that could be guessed. */
const KEY_FILE = ".env.key";
const KEY_BYTES = 32;
/** Hex digits of a hash. */
const HASH_LENGTH = 32;

/** Project to variable to value, in clear. */
export type EnvValues = Record<string, Record<string, string>>;

/**
 * Variables from `.env.<environment>.<project>` and, for names that a project declares itself, `.env.<environment>` in a
 * folder (MT-28). So a project never gets what belongs to another one: nor the address of another one's database.
 * Unless `isEveryProject`, a name that none of them declares may be another one's.
 */
export function readEnvVariables(
  folder: string,
  environment: Environment,
  projects: Project[],
  isEveryProject = true,
): { values: EnvValues; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  const read = (file: string): EnvLine[] => {
    const path = join(folder, file);
    if (!existsSync(path)) return [];
    const mode = statSync(path).mode & 0o777;
    if ((mode & 0o077) !== 0) {
      const text = `others can read it (mode ${mode.toString(8).padStart(4, "0")}); type chmod 600 ${file}`;
      mistakes.push({ file, line: 1, column: 1, path: "", text });
    }
    const found = readEnvFile(readFileSync(path, "utf8"), file);
    mistakes.push(...found.mistakes);
    return found.lines;
  };

  const sharedFile = `.env.${environment}`;
  const shared = read(sharedFile);
  const untaken = shared.filter(({ name }) => !projects.some((project) => takes(project, name)));
  for (const { name, line } of isEveryProject ? untaken : []) {
    const text = projects.some((project) => declares(project, name))
      ? "each project that declares it has database: shared, which sets it; remove this line"
      : "no project declares it in variables.required or variables.defaults; " +
        `put it into ${sharedFile}.PROJECT, for that project alone`;
    mistakes.push({ file: sharedFile, line, column: 1, path: name, text });
  }
  const entries = projects.map((project) => {
    const declared = shared.filter(({ name }) => takes(project, name));
    const file = `${sharedFile}.${project.name}`;
    const own = read(file);
    for (const { name, line } of own.filter((it) => isGenerated(project, it.name))) {
      const text = `database: shared sets ${name} for ${project.name}; remove this line, or the database`;
      mistakes.push({ file, line, column: 1, path: name, text });
    }
    return [project.name, Object.fromEntries([...declared, ...own].map(({ name, value }) => [name, value]))] as const;
  });
  return { values: Object.fromEntries(entries), mistakes };
}

/** Whether a value that is there for all projects is for this one. */
export function takes(project: Project, name: string): boolean {
  return declares(project, name) && !isGenerated(project, name);
}

function declares({ variables }: Project, name: string): boolean {
  return variables.required.includes(name) || Object.hasOwn(variables.defaults, name);
}

/** What stands for each value in a release: changes with it and gives nothing away. Makes the folder's key where it has none. */
export function withoutValues(folder: string, values: EnvValues): Record<string, Record<string, ConfigValue>> {
  if (Object.values(values).every((variables) => Object.keys(variables).length === 0)) return {};
  const key = folderKey(folder);
  const stood = Object.entries(values).map(([project, variables]) => {
    const hashed = Object.entries(variables).map(([name, value]) => {
      const hash = createHmac("sha256", key)
        .update(JSON.stringify([project, name, value]))
        .digest("hex");
      return [name, { env: hash.slice(0, HASH_LENGTH) }] as const;
    });
    return [project, Object.fromEntries(hashed)] as const;
  });
  return Object.fromEntries(stood);
}

function folderKey(folder: string): Buffer {
  const path = join(folder, KEY_FILE);
  try {
    writeFileSync(path, `${randomBytes(KEY_BYTES).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return Buffer.from(readFileSync(path, "utf8").trim(), "hex");
}
