import type { PropertyMap } from "../property-value";
import type { CheckRequest, CreateRequest, DeleteRequest, DiffRequest, ReadRequest, UpdateRequest } from "../provider";

/** Requests as the engine sends them, for tests of providers. */

function about(type: string) {
  return { urn: `urn:pulumi:dev::test::${type}::thing`, type, name: "thing" };
}

export function checkRequest(type: string, newInputs: PropertyMap, oldInputs: PropertyMap = {}): CheckRequest {
  return { ...about(type), oldInputs, newInputs, randomSeed: Buffer.alloc(32, 7) };
}

export function diffRequest(
  type: string,
  oldInputs: PropertyMap,
  oldOutputs: PropertyMap,
  newInputs: PropertyMap,
): DiffRequest {
  return { ...about(type), id: "thing-id", oldInputs, oldOutputs, newInputs, ignoreChanges: [] };
}

/** Lines logged are pushed to `lines`, each after its severity. */
export function createRequest(type: string, inputs: PropertyMap, lines: string[] = []): CreateRequest {
  return {
    ...about(type),
    inputs,
    signal: new AbortController().signal,
    log: (severity, message) => lines.push(`${severity}: ${message}`),
  };
}

export function updateRequest(
  type: string,
  old: { id: string; inputs: PropertyMap; outputs: PropertyMap },
  inputs: PropertyMap,
  lines: string[] = [],
): UpdateRequest {
  return {
    ...createRequest(type, inputs, lines),
    id: old.id,
    oldInputs: old.inputs,
    oldOutputs: old.outputs,
    ignoreChanges: [],
  };
}

export function deleteRequest(
  type: string,
  old: { id: string; inputs: PropertyMap; outputs: PropertyMap },
  lines: string[] = [],
): DeleteRequest {
  const { inputs: _, ...request } = createRequest(type, {}, lines);
  return { ...request, id: old.id, oldInputs: old.inputs, oldOutputs: old.outputs };
}

export function readRequest(type: string, old: { id: string; inputs: PropertyMap; outputs: PropertyMap }): ReadRequest {
  return { ...old, ...about(type), signal: new AbortController().signal };
}
