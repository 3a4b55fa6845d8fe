import { type PropertyMap, withoutSecrets } from "./property-value";
import type { Providers } from "./providers";
import { markKnownSecrets, markSecrets } from "./secret-marks";
import type { ResourceState } from "./state";
import { parseUrn } from "./urn";

/** Outputs of a resource to be created as far as they are known beforehand; what is missing is unknown. */
export async function previewCreate(state: ResourceState, providers: Providers): Promise<PropertyMap> {
  const provider = await providers.get(state.provider ?? "");
  if (provider === "unconfigured") return {};
  const inputs = withoutSecrets(state.inputs ?? {});
  const { urn, type } = state;
  const outputs = provider.previewCreate?.({ urn, type, name: parseUrn(urn).name, inputs }) ?? inputs;
  return markSecrets(outputs, state.inputs ?? {});
}

/** The same of a resource to be updated in place. */
export async function previewUpdate(
  old: ResourceState,
  next: ResourceState,
  providers: Providers,
): Promise<PropertyMap> {
  const provider = await providers.get(next.provider ?? "");
  const [inputs, oldInputs] = [withoutSecrets(next.inputs ?? {}), withoutSecrets(old.inputs ?? {})];
  const oldOutputs = withoutSecrets(old.outputs ?? {});
  const { urn, type } = next;
  const said =
    provider === "unconfigured"
      ? undefined
      : provider.previewUpdate?.({ urn, type, id: old.id ?? "", inputs, oldInputs, oldOutputs });
  return markKnownSecrets(said ?? { ...oldOutputs, ...inputs }, next.inputs ?? {}, old.outputs ?? {});
}
