import type { PropertyMap } from "../../property-value";
import type { CommandInputs } from "./command-inputs";

/** What the last run printed, as the environment of the next; empty output is left out. */
export function previousOutputInEnv(inputs: CommandInputs, outputs: PropertyMap): Record<string, string> {
  if (inputs.addPreviousOutputInEnv === false) return {};
  const previous: Record<string, string> = {};
  if (outputs.stdout) previous.PULUMI_COMMAND_STDOUT = String(outputs.stdout);
  if (outputs.stderr) previous.PULUMI_COMMAND_STDERR = String(outputs.stderr);
  return previous;
}
