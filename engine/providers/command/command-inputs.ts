import { isObject, type PropertyMap, type PropertyValue, UNKNOWN } from "../../property-value";
import type { CheckResult } from "../../provider";

/** What both kinds of command share. */
export interface CommandInputs {
  create?: string;
  update?: string;
  delete?: string;
  triggers?: PropertyValue[];
  stdin?: string;
  environment?: Record<string, string>;
  /** Which of the streams is shown while the command runs. Default: both. */
  logging?: "stdout" | "stderr" | "stdoutAndStderr" | "none";
  /** Whether the last run's output is in the environment of the next. Default: true. */
  addPreviousOutputInEnv?: boolean;
}

/** What a run printed, without its last line feed. A type, so that it is also a property map. */
export type CommandOutput = { stdout: string; stderr: string };

export type InputKind = "string" | "strings" | "map" | "list" | "boolean" | "logging" | "connection";

export const COMMAND_KINDS: Record<string, InputKind> = {
  addPreviousOutputInEnv: "boolean",
  create: "string",
  delete: "string",
  environment: "map",
  logging: "logging",
  stdin: "string",
  triggers: "list",
  update: "string",
};

/** Refuses inputs of the wrong kind, and those that are not in `kinds`, all at once; a null counts as absent. */
export function checkKinds(
  newInputs: PropertyMap,
  kinds: Record<string, InputKind>,
  required: string[] = [],
): Required<CheckResult> {
  const inputs: PropertyMap = {};
  const failures: Required<CheckResult>["failures"] = [];
  for (const [key, input] of Object.entries(newInputs)) {
    const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined;
    if (!kind) failures.push({ property: key, reason: `is not known here; there is ${Object.keys(kinds).join(", ")}` });
    else if (input === null) continue;
    else if (!isKind(kind, input)) failures.push({ property: key, reason: `must be ${named[kind]}` });
    else inputs[key] = input;
  }
  for (const key of required) {
    if (newInputs[key] === undefined || newInputs[key] === null) failures.push({ property: key, reason: "is missing" });
  }
  return { inputs, failures };
}

const LOGGING = ["stdout", "stderr", "stdoutAndStderr", "none"];

function isKind(kind: InputKind, value: PropertyValue): boolean {
  if (value === UNKNOWN) return true;
  switch (kind) {
    case "string":
      return typeof value === "string";
    case "strings":
      return Array.isArray(value) && value.every((entry) => typeof entry === "string");
    case "map":
      return isObject(value) && Object.values(value).every((entry) => typeof entry === "string");
    case "list":
      return Array.isArray(value);
    case "boolean":
      return typeof value === "boolean";
    case "logging":
      return typeof value === "string" && LOGGING.includes(value);
    case "connection":
      return isObject(value);
  }
}

/** Values are not quoted: they may be secret. */
const named: Record<InputKind, string> = {
  string: "a string",
  strings: "a list of strings",
  map: "a map of strings",
  list: "a list",
  boolean: "true or false",
  logging: `one of ${LOGGING.join(", ")}`,
  connection: "the arguments of a connection",
};
