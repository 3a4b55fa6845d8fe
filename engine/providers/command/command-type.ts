import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { inputDiff } from "../../input-diff";
import { type PropertyMap, UNKNOWN } from "../../property-value";
import type { CheckResult, CreateRequest, DiffResult } from "../../provider";
import type { ResourceType } from "../resource-type";

/** What a step of a command runs: a text, with these inputs, after a run that printed `previous`. */
export interface CommandRun {
  command: string;
  inputs: PropertyMap;
  previous: PropertyMap;
  signal: AbortSignal;
  log: CreateRequest["log"];
}

export interface CommandKind {
  check(newInputs: PropertyMap): CheckResult;
  /** Keys whose values are compared, and shown, only as a whole. */
  whole?: string[];
  /** Resolves to the outputs beyond the inputs. */
  run(run: CommandRun): Promise<PropertyMap>;
}

/** The life of a command resource, local or remote, as @pulumi/command 1.2.1 has it. */
export function commandType({ check, whole = [], run }: CommandKind): ResourceType {
  return {
    check: ({ newInputs }) => check(newInputs),

    diff: ({ oldInputs, newInputs }) => commandDiff(oldInputs, newInputs, whole),

    async create({ name, inputs, signal, log }) {
      const id = `${name}${randomBytes(4).toString("hex")}`;
      const nothing = { stdout: "", stderr: "" };
      if (typeof inputs.create !== "string") return { id, outputs: { ...inputs, ...nothing } };
      const outputs = await run({ command: inputs.create, inputs, previous: {}, signal, log });
      return { id, outputs: { ...inputs, ...outputs } };
    },

    async update({ inputs, oldInputs, oldOutputs, signal, log }) {
      const command = inputs.update ?? inputs.create;
      const previous = withoutKeysOf(oldOutputs, oldInputs);
      if (typeof command !== "string") return { outputs: { ...inputs, ...previous } };
      const outputs = await run({ command, inputs, previous: oldOutputs, signal, log });
      return { outputs: { ...inputs, ...previous, ...outputs } };
    },

    async delete({ oldOutputs, signal, log }) {
      if (typeof oldOutputs.delete !== "string") return;
      await run({ command: oldOutputs.delete, inputs: oldOutputs, previous: oldOutputs, signal, log });
    },

    previewCreate: ({ inputs }) => ({ ...inputs, stdout: UNKNOWN, stderr: UNKNOWN }),

    // As Pulumi's plugin: an input that was not there before does not make the output unknown.
    previewUpdate({ inputs, oldInputs, oldOutputs }) {
      const changed = Object.keys(oldInputs).some((key) => !isDeepStrictEqual(oldInputs[key], inputs[key]));
      const outputs = Object.keys(withoutKeysOf(oldOutputs, oldInputs)).map((key) => [
        key,
        changed ? UNKNOWN : (oldOutputs[key] ?? null),
      ]);
      return { ...inputs, ...Object.fromEntries(outputs) };
    },
  };
}

/** Changed inputs by path; a changed trigger replaces. Of the keys in `whole` nothing of the inside is told. */
function commandDiff(oldInputs: PropertyMap, newInputs: PropertyMap, whole: string[]): DiffResult {
  const { changes, diffs = [], detailedDiff = {} } = inputDiff(oldInputs, newInputs);
  const paths = Object.entries(detailedDiff).map(([path, { kind }]) => {
    const key = /^[^.[]+/.exec(path)?.[0] ?? path;
    if (key === "triggers") return [path, { kind: `${kind}-replace`, inputDiff: false }];
    if (whole.includes(key) && path !== key) return [key, { kind: "update", inputDiff: false }];
    return [path, { kind, inputDiff: false }];
  });
  return changes === "none" ? { changes } : { changes, diffs, detailedDiff: Object.fromEntries(paths) };
}

function withoutKeysOf(map: PropertyMap, other: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !(key in other)));
}
