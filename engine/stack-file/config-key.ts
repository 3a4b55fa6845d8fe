import { ConfigFileError } from "./project-file";

/** One segment of a path into a value: a key of a map, or an index of a list. */
export type PathSegment = string | number;

/** `namespace:name`, as in a stack file. */
export interface ConfigKey {
  namespace: string;
  name: string;
  /** Segments below the name; empty for a top-level key. */
  path: PathSegment[];
}

export function keyText({ namespace, name }: ConfigKey): string {
  return `${namespace}:${name}`;
}

/**
 * Parses what a user types. A key without a namespace gets the project's; with `asPath` the name is a property path
 * such as `releases.blog.images["front end"]` or `list[0].name`. Throws `ConfigFileError`.
 */
export function parseConfigKey(text: string, project: string, asPath: boolean): ConfigKey {
  const colon = asPath ? /^[^.["]*?:/.exec(text)?.[0].length : text.indexOf(":") + 1;
  const namespace = colon ? text.slice(0, colon - 1) : project;
  let name = colon ? text.slice(colon) : text;
  if (name.startsWith("config:")) name = name.slice("config:".length);
  if (name === "" || namespace === "" || (!asPath && name.includes(":"))) {
    throw new ConfigFileError(
      `invalid configuration key: could not parse ${text} as a configuration key (configuration keys should be of the form \`<namespace>:<name>\`)`,
    );
  }
  if (!asPath) return { namespace, name, path: [] };
  const [first, ...path] = parsePropertyPath(name);
  if (typeof first !== "string" || first === "") {
    throw new ConfigFileError(`invalid config key path: ${text}: the first segment must be a name`);
  }
  return { namespace, name: first, path };
}

/** Segments of `a.b`, `a[0]`, `a["b.c"]`. Throws `ConfigFileError`. */
export function parsePropertyPath(text: string): PathSegment[] {
  const segments: PathSegment[] = [];
  const pattern = /\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|(^|\.)([^.[\]"]+)/y;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new ConfigFileError(`invalid config key path: ${text}: cannot read it from position ${at}`);
    const [, index, quoted, , bare] = match;
    if (index !== undefined) segments.push(Number(index));
    else segments.push(bare ?? (quoted as string).replace(/\\(.)/g, "$1"));
  }
  return segments;
}
