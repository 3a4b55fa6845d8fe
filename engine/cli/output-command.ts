import { CommandError } from "../exit-code";
import { isObject, isSecret, type PropertyMap, type PropertyValue } from "../property-value";
import { print, printJson } from "./print";
import { openEngineFor, type StackFlags } from "./stack-flags";
import { table } from "./table";

export async function showOutputs(name: string | undefined, flags: StackFlags): Promise<void> {
  const engine = await openEngineFor(flags);
  const stack = flags.stack ?? (await engine.selectedStack());
  if (!stack) throw new CommandError("no stack selected; please use `pulumi stack select` to choose one");
  const outputs = await engine.outputs(stack, flags.showSecrets ?? false);
  if (name === undefined) {
    return flags.json ? printJson(plain(outputs)) : print(outputTable(outputs));
  }
  if (!Object.hasOwn(outputs, name)) {
    throw new CommandError(`current stack does not have output property '${name}'`);
  }
  const value = plain(outputs[name] as PropertyValue);
  flags.json ? printJson(value) : print(`${outputText(value)}\n`);
}

/** Outputs as `stack` and `stack output` list them. */
export function outputTable(outputs: PropertyMap): string {
  const names = Object.keys(outputs).sort();
  const heading = `Current stack outputs (${names.length}):\n`;
  if (names.length === 0) return `${heading}    No output values currently in this stack\n`;
  const rows = names.map((name) => [name, outputText(plain(outputs[name] as PropertyValue))]);
  return heading + table(["OUTPUT", "VALUE"], rows).replace(/^(?=.)/gm, "    ");
}

function outputText(value: PropertyValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Without wrappers, keys sorted. */
export function plain(value: PropertyValue): PropertyValue {
  if (isSecret(value)) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, plain(value[key] as PropertyValue)]),
  );
}
