import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { type Labels, labelList } from "./labels";

/** Where a volume is, and what it is called, stays as it was made. */
const AS_MADE = ["driver", "driverOpts", "labels"];

/**
 * A volume whose data outlives the stack, unless `retainOnDelete` is false. One that an operator made beforehand, on a
 * disk of its own say, is taken as it is.
 */
export function dataVolume(
  name: string,
  { volume, labels }: { volume: string; labels: Labels },
  opts: pulumi.CustomResourceOptions,
): docker.Volume {
  const inputs = { name: volume, labels: labelList(labels) };
  return new docker.Volume(name, inputs, { retainOnDelete: true, ignoreChanges: AS_MADE, ...opts });
}
