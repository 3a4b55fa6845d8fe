import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Outcome } from "./outcome";
import type { Without } from "./without";

export type Command = readonly string[] | string;

/** One command of a scenario; see `docs/engine.md`. `<DIR>` and `<BACKEND>` stand for the run's folders. */
export interface Step {
  name: string;
  /** Two digits and the name; two digits of the recording, so numbers have gaps where steps are left out. */
  folder: string;
  /** Destination in the project folder to file or folder of the scenario, copied before the step; null removes. */
  files?: { [destination: string]: string | null };
  argv?: readonly string[];
  sh?: string;
  /** Null removes a variable. */
  env?: { [name: string]: string | null };
  events?: boolean;
  state?: boolean;
  save?: readonly string[];
  extra?: { [name: string]: Command };
}

/**
 * A part of an outcome that a step may leave out of its comparison, with a reason in the manifest: `stdout`, `stderr`,
 * `diagnostics` (of events, too), `outputs`, `resources`, `exits`, `events`, `state`, the name of a file; or with a point
 * before it a part of the paths of differences (`.propertyDependencies`).
 */
export type Part = string;

export interface ManifestEntry {
  /** What the scenario needs beside the command line: a Docker engine, images and a registry, an SSH server. */
  needs?: readonly ("docker" | "registry" | "ssh")[];
  /** Steps that are not run, and why. */
  leftOut: { [step: string]: string };
  /** Parts of a step (`*`: of every step) that are not compared, and why. */
  notCompared?: { [step: string]: { [part: string]: string } };
  /** Text to replace in programs, steps and records alike, when they are copied: shorter sleeps, a free port. */
  substitutions?: readonly (readonly [string, string])[];
  /** Shell lines with the same effect, for steps whose own command this engine does not have; and why. */
  instead?: { [step: string]: { sh: string; reason: string } };
  /** Flags that are not given to this engine, and why; what is compared does not depend on them. */
  flagsDropped?: { [flag: string]: string };
  /** Resources taken out of the programs and the records when they are copied, and why. */
  without?: Without & { reason: string };
  /** Steps whose recorded state is also imported and previewed; see `recorded-states.test.ts`. */
  previewed?: readonly string[];
}

export const scenariosFolder = join(__dirname, "scenarios");

export const manifest = JSON.parse(readFileSync(join(__dirname, "manifest.json"), "utf8")) as {
  [scenario: string]: ManifestEntry;
};

export function stepsOf(scenario: string): Step[] {
  return JSON.parse(readFileSync(join(scenariosFolder, scenario, "steps.json"), "utf8")) as Step[];
}

export function recordedOutcome(scenario: string, step: Step): Outcome {
  return JSON.parse(
    readFileSync(join(scenariosFolder, scenario, "expected", `${step.folder}.json`), "utf8"),
  ) as Outcome;
}

/** Why a part of a step is not compared, or undefined when it is. */
export function reasonNotToCompare(scenario: string, step: Step, part: Part): string | undefined {
  const { notCompared = {} } = manifest[scenario] ?? {};
  return notCompared[step.name]?.[part] ?? notCompared["*"]?.[part];
}

/** Parts of paths whose differences do not count in a step. */
export function pathsNotCompared(scenario: string, step: Step): string[] {
  const { notCompared = {} } = manifest[scenario] ?? {};
  return Object.keys({ ...notCompared["*"], ...notCompared[step.name] }).filter((part) => part.startsWith("."));
}
