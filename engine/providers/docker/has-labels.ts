import type { PropertyMap } from "../../property-value";
import { labelMap } from "./container/container-config";

/** Whether something in Docker carries all labels of these inputs: then it was made from them. Without any, nobody knows. */
export function hasLabels(found: Record<string, string> | null | undefined, inputs: PropertyMap): boolean {
  const wanted = Object.entries(labelMap(inputs.labels));
  return wanted.length > 0 && wanted.every(([label, value]) => found?.[label] === value);
}
