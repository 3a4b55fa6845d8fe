/** `urn:pulumi:<stack>::<project>::<qualified type>::<name>`; the name may contain `::`. */
export type Urn = string;

export const STACK_TYPE = "pulumi:pulumi:Stack";
const PROVIDER_PREFIX = "pulumi:providers:";

export interface UrnParts {
  stack: string;
  project: string;
  /** The types of its component ancestors and its own, joined by `$`. */
  qualifiedType: string;
  /** Its own type. */
  type: string;
  name: string;
}

export function isUrn(text: string): boolean {
  return /^urn:pulumi:[^:]+::[^:]+::.*?::/.test(text);
}

/** Throws for text that is not a URN. */
export function parseUrn(urn: Urn): UrnParts {
  if (!isUrn(urn)) throw new Error(`"${urn}" is not a URN; one reads urn:pulumi:<stack>::<project>::<type>::<name>`);
  const [prefix = "", project = "", qualifiedType = "", ...name] = urn.split("::");
  return {
    stack: prefix.slice("urn:pulumi:".length),
    project,
    qualifiedType,
    type: qualifiedType.slice(qualifiedType.lastIndexOf("$") + 1),
    name: name.join("::"),
  };
}

/** The URN of a resource of `type` and `name` below `parent`; children of the stack are not qualified by it. */
export function buildUrn(of: { stack: string; project: string; parent: Urn; type: string; name: string }): Urn {
  const parentType = of.parent === "" ? "" : parseUrn(of.parent).qualifiedType;
  const qualified = parentType === "" || parentType === STACK_TYPE ? of.type : `${parentType}$${of.type}`;
  return `urn:pulumi:${of.stack}::${of.project}::${qualified}::${of.name}`;
}

export function isProviderType(type: string): boolean {
  return type.startsWith(PROVIDER_PREFIX);
}

export function providerType(packageName: string): string {
  return PROVIDER_PREFIX + packageName;
}

/** `docker` of `docker:index/container:Container` and of `pulumi:providers:docker`. */
export function packageOf(type: string): string {
  const [first = "", second = "", third = ""] = type.split(":");
  return first === "pulumi" && second === "providers" ? third : first;
}

/** Default providers are made by the engine and neither counted nor shown. */
export function isDefaultProvider(urn: Urn): boolean {
  const { type, name } = parseUrn(urn);
  return isProviderType(type) && (name === "default" || name.startsWith("default_"));
}

export interface ProviderReference {
  urn: Urn;
  id: string;
}

/** `<provider urn>::<id>`; ids have no `::`. */
export function parseProviderReference(reference: string): ProviderReference {
  const cut = reference.lastIndexOf("::");
  return { urn: reference.slice(0, cut), id: reference.slice(cut + 2) };
}

export function providerReference(urn: Urn, id: string): string {
  return `${urn}::${id}`;
}
