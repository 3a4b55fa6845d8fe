/**
 * Copies recorded scenarios into `scenarios/`, reduced to what is run and compared:
 *   npx ts-node test/golden/import-records.ts <folder of the records> [scenario…]
 * A record's format is described in docs/engine.md. A step of a record that the manifest does not leave out is copied.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Json } from "./difference";
import {
  added,
  type ComparableEvent,
  comparableEvents,
  comparableOutput,
  grows,
  type Outcome,
  parsed,
} from "./outcome";
import { type ManifestEntry, manifest, type Step, scenariosFolder } from "./scenario";
import { outcomeWithout, programWithout } from "./without";

interface RecordedStep extends Omit<Step, "folder"> {
  exitCode: number;
}

function importScenario(records: string, scenario: string, entry: ManifestEntry): void {
  const [from, to] = [join(records, scenario), join(scenariosFolder, scenario)];
  const substituted = (text: string) =>
    (entry.substitutions ?? []).reduce((all, [recorded, copied]) => all.replaceAll(recorded, copied), text);
  const program = (text: string) =>
    entry.without ? programWithout(substituted(text), entry.without) : substituted(text);
  const recorded = (
    JSON.parse(substituted(readFileSync(join(from, "steps.json"), "utf8"))) as { steps: RecordedStep[] }
  ).steps;
  const unknown = Object.keys(entry.leftOut).filter((name) => !recorded.some((step) => step.name === name));
  if (unknown.length > 0)
    throw new Error(`${scenario}: the manifest leaves out steps that no record has: ${unknown.join(", ")}`);

  rmSync(to, { recursive: true, force: true });
  mkdirSync(join(to, "expected"), { recursive: true });
  const grown: { [name: string]: Json } = {};
  const steps: Step[] = recorded.flatMap(({ exitCode, ...original }, index) => {
    const folder = `${String(index).padStart(2, "0")}-${original.name}`;
    const step = { ...adapted(original, entry), folder };
    const outcome = recordedOutcome(join(from, folder), step, exitCode, substituted);
    for (const [name, text] of Object.entries(outcome.files).filter(([name]) => grows(name))) {
      outcome.files[name] = added(text, grown[name]);
      grown[name] = text;
    }
    if (entry.leftOut[original.name]) return [];
    writeFileSync(
      join(to, "expected", `${folder}.json`),
      serialised(entry.without ? outcomeWithout(outcome, entry.without) : outcome),
    );
    for (const source of Object.values(step.files ?? {})) {
      if (source !== null && !existsSync(join(to, source))) copyChanged(join(from, source), join(to, source), program);
    }
    return [step];
  });
  writeFileSync(join(to, "steps.json"), `[\n${steps.map((step) => JSON.stringify(step)).join(",\n")}\n]\n`);
}

/** The step as this engine can run it. */
function adapted(step: Omit<Step, "folder">, { instead, flagsDropped }: ManifestEntry): Omit<Step, "folder"> {
  const { argv, sh, ...rest } = step;
  const other = instead?.[step.name]?.sh ?? sh;
  if (other !== undefined) return { ...rest, sh: other };
  return { ...rest, argv: argv?.filter((argument) => !flagsDropped?.[argument]) };
}

function copyChanged(from: string, to: string, changed: (text: string) => string): void {
  cpSync(from, to, { recursive: true });
  if (statSync(to).isFile()) writeFileSync(to, changed(readFileSync(to, "utf8")));
}

function recordedOutcome(
  folder: string,
  step: Omit<Step, "folder">,
  exitCode: number,
  substituted: (text: string) => string,
): Outcome {
  const text = (name: string) => {
    const path = join(folder, name);
    return existsSync(path) ? substituted(readFileSync(path, "utf8")) : undefined;
  };
  const stdout = text("stdout.txt") ?? "";
  const events = text("events.jsonl");
  const state = text("state.json");
  const own = new Set(["stdout.txt", "stderr.txt", "events.jsonl", "state.json"]);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => !own.has(name)) : [];
  return {
    exitCode,
    ...reducedOutput(comparableOutput(step, stdout)),
    complained: text("stderr.txt") !== undefined,
    ...(events === undefined ? {} : { events: comparableEvents(events) }),
    ...(state === undefined ? {} : { state: reduced(parsed(state)) }),
    files: Object.fromEntries(files.map((name) => [name, reduced(parsed(text(name) ?? ""))])),
  };
}

function reducedOutput({ stdout, ...rest }: Partial<Outcome>): Partial<Outcome> {
  return stdout === undefined ? rest : { stdout: reduced(stdout) };
}

/** Positions in source files differ with how the program is compiled; they are not compared and not kept. */
const dropped = new Set(["sourcePosition", "stackTrace"]);

function reduced(value: Json): Json {
  if (Array.isArray(value)) return value.map(reduced);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !dropped.has(key))
      .map(([key, entry]) => [key, reduced(entry)]),
  );
}

/** One line an event and one a resource, so that a changed record reads well in a diff. */
function serialised({ events, state, ...rest }: Outcome): string {
  const fields = Object.entries(rest).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  if (events)
    fields.push(`"events": [\n${events.map((event: ComparableEvent) => ` ${JSON.stringify(event)}`).join(",\n")}\n]`);
  if (state) fields.push(`"state": ${JSON.stringify(state).replaceAll('{"urn":"urn:', '\n {"urn":"urn:')}`);
  return `{\n${fields.join(",\n")}\n}\n`;
}

const [records, ...chosen] = process.argv.slice(2);
if (records === undefined) throw new Error("usage: import-records.ts <folder of the records> [scenario…]");
for (const [scenario, entry] of Object.entries(manifest)) {
  if (chosen.length === 0 || chosen.includes(scenario)) importScenario(records, scenario, entry);
}
