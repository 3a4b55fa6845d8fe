import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { PropertyMap } from "../property-value";

/** Values as JSON out of the wire's Struct; absent is empty. */
export function fromStruct(struct: Struct | undefined): PropertyMap {
  return (struct?.toJavaScript() ?? {}) as PropertyMap;
}

export function toStruct(values: PropertyMap): Struct {
  return Struct.fromJavaScript(values);
}
