import type { Palette } from "../../terminal/palette";
import type { Operation } from "../events";

/** How a step is shown: the mark before it, and what is said while it is planned, running, done or failed. */
interface OperationText {
  mark: string;
  color: keyof Palette;
  planned: string;
  running: string;
  done: string;
}

const TEXTS: Record<Operation, OperationText> = {
  same: { mark: "   ", color: "dim", planned: "", running: "", done: "" },
  create: { mark: " + ", color: "green", planned: "create", running: "creating", done: "created" },
  update: { mark: " ~ ", color: "yellow", planned: "update", running: "updating", done: "updated" },
  delete: { mark: " - ", color: "red", planned: "delete", running: "deleting", done: "deleted" },
  replace: { mark: " +-", color: "magenta", planned: "replace", running: "replacing", done: "replaced" },
  "create-replacement": {
    ...{ mark: " ++", color: "green", planned: "create replacement" },
    ...{ running: "creating replacement", done: "created replacement" },
  },
  "delete-replaced": {
    ...{ mark: " --", color: "red", planned: "delete original" },
    ...{ running: "deleting original", done: "deleted original" },
  },
  read: { mark: " > ", color: "blue", planned: "read", running: "reading", done: "read" },
  "read-replacement": {
    ...{ mark: " >~", color: "blue", planned: "read for replacement" },
    ...{ running: "reading for replacement", done: "read for replacement" },
  },
  refresh: { mark: " ~ ", color: "blue", planned: "refresh", running: "refreshing", done: "refreshed" },
  discard: { mark: " < ", color: "red", planned: "discard", running: "discarding", done: "discarded" },
  "discard-replaced": {
    ...{ mark: " <<", color: "red", planned: "discard original" },
    ...{ running: "discarding original", done: "discarded original" },
  },
  "remove-pending-replace": {
    ...{ mark: " ~ ", color: "red", planned: "complete replacement" },
    ...{ running: "completing replacement", done: "completed replacement" },
  },
};

export function operationText(op: Operation): OperationText {
  return TEXTS[op];
}

/** `docker:index/container:Container` as people read it: `docker:index:Container`. */
export function simpleType(type: string): string {
  const [pkg, module, name, ...rest] = type.split(":");
  if (!module || !name || rest.length > 0) return type;
  const [folder, file] = module.split("/");
  const repeatsName = file !== undefined && file.toLowerCase() === name.toLowerCase();
  return repeatsName ? `${pkg}:${folder}:${name}` : type;
}

export function typeOf(urn: string): string {
  return (urn.split("::")[2] ?? "").split("$").at(-1) ?? "";
}

export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

export const STACK_TYPE = "pulumi:pulumi:Stack";

/** Providers that no program asked for; they are neither shown nor counted. */
export function isDefaultProvider(urn: string): boolean {
  return typeOf(urn).startsWith("pulumi:providers:") && /^default($|_)/.test(nameOf(urn));
}
