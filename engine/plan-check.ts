import { randomBytes } from "node:crypto";
import type { Goal } from "./goal";
import { PlanError } from "./plan-error";
import { type PropertyMap, withoutSecrets } from "./property-value";
import type { CheckResult } from "./provider";
import type { Providers } from "./providers";
import { markSecrets } from "./secret-marks";
import { isProviderType, packageOf } from "./urn";

/** The inputs as the provider completes them, secrets still marked. Rejects with what is wrong with them. */
export async function check(
  goal: Goal,
  inputs: { old: PropertyMap; new: PropertyMap },
  providers: Providers,
): Promise<PropertyMap> {
  const result = await ask(goal, inputs, providers);
  // Without the values: one may be a secret.
  const problems = (result.failures ?? []).map(({ property, reason }) =>
    property ? `property ${property} has a problem: ${reason}` : `has a problem: ${reason}`,
  );
  if (problems.length > 0) {
    throw new PlanError(`${goal.type} resource '${goal.name}': ${problems.join("; ")}`, goal.urn);
  }
  return markSecrets(result.inputs, inputs.new);
}

async function ask(
  { urn, type, name, custom, provider: reference }: Goal,
  inputs: { old: PropertyMap; new: PropertyMap },
  providers: Providers,
): Promise<CheckResult> {
  if (!custom) return { inputs: inputs.new };
  if (isProviderType(type)) return providers.checkConfig(packageOf(type), inputs.new);
  const provider = await providers.get(reference);
  if (provider === "unconfigured") return { inputs: inputs.new };
  const [oldInputs, newInputs] = [withoutSecrets(inputs.old), withoutSecrets(inputs.new)];
  return provider.check({ urn, type, name, oldInputs, newInputs, randomSeed: randomBytes(32) });
}
