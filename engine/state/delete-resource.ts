import { CommandError } from "../exit-code";
import { type Reference, references } from "../references";
import type { StackStore } from "../stack-store";
import type { ResourceState } from "../state";
import { lockStack } from "./stack-lock";

export interface DeleteResourceOptions {
  /** Protected ones too. */
  force?: boolean;
  /** What depends on it as well. */
  targetDependents?: boolean;
}

/** Takes a resource out of the state; what it stands for is not touched. Throws `CommandError`. */
export async function deletedFromState(store: StackStore, urn: string, options: DeleteResourceOptions): Promise<void> {
  await using _ = await lockStack(store.backend.files(store.name), () => undefined);
  const state = await store.state();
  if (state.damage) {
    throw new CommandError(
      `the state of stack '${store.name.stack}' is damaged, nothing was deleted from it:\n${state.damage}\n` +
        "hint: run `refresh`, which writes the last good generation again and compares it with what exists; then this",
    );
  }
  const { resources, pendingOperations } = await state.snapshot();
  const found = resources.filter((entry) => entry.urn === urn);
  const [one] = found;
  if (!one) throw new CommandError(`No such resource "${urn}" exists in the current state`);
  if (found.length > 1) throw ambiguous(found);

  const condemned = new Set([one]);
  const live = new Set(resources.filter((entry) => !entry.delete).map((entry) => entry.urn));
  // A name means the new half of a replacement where there is one, a reference with an id one of the two.
  const isMeant = (entry: ResourceState, { urn: named, id }: Reference) =>
    entry.urn === named && (id === undefined ? !entry.delete || !live.has(named) : entry.id === id);
  const dependents = resources.filter((entry) => {
    if (condemned.has(entry)) return false;
    const mentions = references(entry);
    const depends = [...condemned].some((other) => mentions.some((mention) => isMeant(other, mention)));
    if (depends) condemned.add(entry);
    return depends;
  });
  if (dependents.length > 0 && !options.targetDependents) {
    throw new CommandError(
      `This resource can't be safely deleted because the following resources depend on it:\n${dependents
        .map((entry) => ` * "${entry.urn.split("::").slice(3).join("::")}" (${entry.urn})`)
        .join("\n")}\n\nDelete those resources first or pass --target-dependents.`,
    );
  }
  const protectedOne = [...condemned].find((entry) => entry.protect);
  if (protectedOne && !options.force) {
    throw new CommandError(
      `This resource can't be safely deleted because it is protected: ${protectedOne.urn}. Re-run this command with --force to force deletion`,
    );
  }
  const writer = await state.writer();
  await writer.write({ resources: resources.filter((entry) => !condemned.has(entry)), pendingOperations });
}

/** Both halves of a replacement that was not finished: to forget the new one is to forget what serves. */
function ambiguous(found: ResourceState[]): CommandError {
  const halves = found.map(({ id, delete: isOld }) => `  ${id ?? "(no id)"}${isOld ? " (pending deletion)" : ""}`);
  return new CommandError(
    `Resource URN ambiguously referred to multiple resources:\n${halves.join("\n")}\n` +
      "hint: `up` deletes what is pending deletion, and finishes the replacement so; to forget one of them alone, take its " +
      "entry out of what `stack export` prints, and `stack import` that; nothing was changed",
  );
}
