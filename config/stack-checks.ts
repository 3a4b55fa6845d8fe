import type { EnvValues } from "./env-variables";
import { isGenerated } from "./generated-variable";
import { nearest } from "./nearest";
import type { Project } from "./project";
import { didYouMean } from "./shape";
import { placeOf, type StackFile } from "./stack-file";

/**
 * What the stack's configuration and `projects.yml` must agree on. `env`: values of `.env` files; `wrong`: names of
 * projects that are there, but with mistakes of their own.
 */
export function checkStack(file: StackFile, projects: Project[], env: EnvValues = {}, wrong: string[] = []): void {
  const known = new Map(projects.map((project) => [project.name, project]));
  const refuseUnlessThere = (key: string, name: string) => {
    if (!wrong.includes(name)) refuseUnknown(file, key, name, [...known.keys(), ...wrong]);
  };
  for (const [name, releases] of Object.entries(file.sound.releases ?? {})) {
    const project = known.get(name);
    if (!project) {
      refuseUnlessThere("releases", name);
      continue;
    }
    for (const role of ["live", "standby"] as const) {
      checkImages(file, project, role);
      checkKept(file, project, role, env);
    }
    if (releases?.live && !releases.live.snapshot) checkRequired(file, project, env);
    if (releases?.live) checkAccessories(file, project, env);
  }
  for (const name of Object.keys(file.sound.deploy ?? {})) {
    if (name !== "*" && !known.has(name)) refuseUnlessThere("deploy", name);
  }
  for (const name of Object.keys(file.sound.variables ?? {})) {
    const project = known.get(name);
    if (project) refuseGenerated(file, project);
    else refuseUnlessThere("variables", name);
  }
}

function refuseUnknown({ stack, environment, report }: StackFile, key: string, name: string, known: string[]): void {
  const text =
    `no project "${name}"${environment ? ` with domains for ${environment}` : ""} in projects.yml; ` +
    `known: ${known.join(", ") || "none"}${didYouMean(nearest(name, known))}; ` +
    `to remove it: ./slipway config rm --stack ${stack} --path slipway:${key}.${name}`;
  report(placeOf([key, name]), text, "key");
}

/** Who goes over to the shared database has a configured address of the one before. */
function refuseGenerated({ stack, report, sound }: StackFile, project: Project): void {
  for (const name of Object.keys(sound.variables?.[project.name] ?? {})) {
    if (!isGenerated(project, name)) continue;
    const text =
      `database: shared sets ${name}; remove the database, or this value: ` +
      `./slipway config rm --stack ${stack} --path slipway:variables.${project.name}.${name}`;
    report(placeOf(["variables", project.name, name]), text, "key");
  }
}

/**
 * A release has an image for every container, and no other; one with a snapshot may name those of containers that came
 * after it: where the next deploy finds them.
 */
function checkImages({ stack, report, sound }: StackFile, project: Project, role: "live" | "standby"): void {
  const release = sound.releases?.[project.name]?.[role];
  if (!release) return;
  const found = Object.keys(release.images ?? {});
  const wanted = Object.keys(
    release.snapshot?.containers ?? Object.fromEntries(project.containers.map(({ name }) => [name, ""])),
  );
  const others = release.snapshot ? [] : found.filter((name) => !wanted.includes(name));
  const missing = wanted.filter((name) => !found.includes(name));
  if (others.length + missing.length === 0) return;
  const key = `--stack ${stack} --path slipway:releases.${project.name}.${role}.images`;
  const text = [
    `images for ${found.join(", ") || "no container"}; the project's containers: ${wanted.join(", ")}`,
    ...missing.map((name) => `to name one: ./slipway config set ${key}.${name} REGISTRY/PATH@sha256:…`),
    ...others.map((name) => `to remove one: ./slipway config rm ${key}.${name}`),
  ].join("; ");
  report(placeOf(["releases", project.name, role, "images"]), text, "key");
}

/** What a release had from an `.env` file is still there, unless no such file may have it any more. */
function checkKept(file: StackFile, project: Project, role: "live" | "standby", env: EnvValues): void {
  const { database = "none", variables = {} } = file.sound.releases?.[project.name]?.[role]?.snapshot ?? {};
  for (const [name, value] of Object.entries(variables)) {
    const isThere = Object.hasOwn(env[project.name] ?? {}, name);
    if (typeof value !== "object" || !("env" in value) || isThere) continue;
    if (isGenerated(project, name) || isGenerated({ database }, name)) continue;
    const text =
      `this release had ${name} from .env.${file.environment}, which has no such value any more; ` +
      `put it into .env.${file.environment}.${project.name}`;
    file.report(placeOf(["releases", project.name, role, "snapshot", "variables", name]), text);
  }
}

/** A project that is deployed has a value for every variable that it requires. */
function checkRequired(file: StackFile, project: Project, env: EnvValues): void {
  for (const name of project.variables.required) needValue(file, project, env, name, `${project.name} requires`);
}

/** Also for every one that it hands on to an accessory. */
function checkAccessories(file: StackFile, project: Project, env: EnvValues): void {
  for (const accessory of project.accessories) {
    const names = accessory.projectVariables.filter((name) => !Object.hasOwn(project.variables.defaults, name));
    for (const name of names)
      needValue(file, project, env, name, `accessory ${accessory.name} of ${project.name} gets`);
  }
}

function needValue(file: StackFile, project: Project, env: EnvValues, name: string, who: string): void {
  const { stack, report, sound } = file;
  // A wrong value is reported as such; its name is there.
  const set = Object.keys({ ...sound.variables?.[project.name], ...env[project.name] });
  if (set.includes(name) || isGenerated(project, name)) return;
  const guess = nearest(name, set);
  const text =
    `${who} ${name}, which has no value${guess ? ` (${guess} has one)` : ""}; ` +
    `type ./slipway config set --stack ${stack} --secret --path 'slipway:variables.${project.name}.${name}'`;
  report(placeOf(["variables", project.name, name]), text);
}
