import type { Severity } from "../events";
import type { PropertyMap } from "../property-value";
import type { Registration } from "../registration";
import type { Registered } from "../registrations";
import type { Urn } from "../urn";

export interface Invocation {
  token: string;
  args: PropertyMap;
  /** "" for the default provider of the token's package. */
  provider: string;
  version: string;
}

/** What a running program asks of a deployment. Rejects with `Halted` when the deployment ended early. */
export interface ProgramRequests {
  register(registration: Registration): Promise<Registered>;
  registerOutputs(urn: Urn, outputs: PropertyMap): Promise<void>;
  invoke(invocation: Invocation): Promise<PropertyMap>;
  /** No more registrations will come; resolves when all else of the deployment is done, too. */
  shutdown(): Promise<void>;
  /** Ends the deployment, with this reason. */
  refuse(error: Error): Promise<never>;
  log(message: { urn: Urn; message: string; severity: Severity; ephemeral: boolean }): void;
}
