import type { PendingOperation } from "./state";

/** What to know about operations that a killed run had begun. */
export function pendingWarning(operations: readonly PendingOperation[]): string {
  return [
    `Attempting to deploy or update resources with ${operations.length} pending operations from previous deployment.`,
    ...operations.map(({ resource, type }) => `  * ${resource.urn}, interrupted while ${type}`),
    "It is not known whether these operations were completed. `refresh` reads again what is in the state; " +
      "`refresh --clear-pending-creates` forgets creates, once you have made sure that they made nothing.",
  ].join("\n");
}
