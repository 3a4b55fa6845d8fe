import type { Urn } from "./urn";

/** A decision that ends the deployment; `urn` is the resource to show it under. */
export class PlanError extends Error {
  constructor(
    message: string,
    readonly urn: Urn,
  ) {
    super(message);
    this.name = "PlanError";
  }
}

export function duplicate(urn: Urn): PlanError {
  return new PlanError(`Duplicate resource URN '${urn}'; try giving it a unique name`, urn);
}
