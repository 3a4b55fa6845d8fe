import { CommandError } from "../exit-code";
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
  const { resources, pendingOperations } = await state.snapshot();
  const found = resources.filter((entry) => entry.urn === urn);
  if (found.length === 0) throw new CommandError(`No such resource "${urn}" exists in the current state`);

  const condemned = new Set<ResourceState>(found);
  const dependents = resources.filter((entry) => {
    if (condemned.has(entry)) return false;
    const depends = [...condemned].some((other) => !other.delete && dependsOn(entry, other));
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

function dependsOn(entry: ResourceState, other: ResourceState): boolean {
  const { urn } = other;
  return (
    entry.parent === urn ||
    entry.deletedWith === urn ||
    entry.provider === `${urn}::${other.id}` ||
    (entry.dependencies?.includes(urn) ?? false) ||
    Object.values(entry.propertyDependencies ?? {}).some((urns) => urns?.includes(urn))
  );
}
