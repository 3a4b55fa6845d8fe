import { readFile, stat } from "node:fs/promises";
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  Pair,
  parseDocument,
  Scalar,
  YAMLMap,
  YAMLSeq,
} from "yaml";
import { replaceFile } from "../state/atomic-file";
import { type ConfigKey, keyText, type PathSegment } from "./config-key";
import { PlainValues } from "./plain-values";
import { ConfigFileError } from "./project-file";
import { stringScalar } from "./yaml-scalar";

/** A value as it stands in the file; a secret is `{ secure: "v1:…" }`. */
export type ConfigNode = string | number | boolean | null | ConfigNode[] | { [key: string]: ConfigNode };

/**
 * A `Pulumi.<stack>.yaml`, edited in place: comments, blank lines and the order of keys stay, new keys go to the end.
 */
export class StackFile {
  private constructor(
    readonly file: string,
    private readonly document: Document,
    private readonly original: string | undefined,
  ) {}

  /** An absent file is an empty one. Throws `ConfigFileError` when it is not YAML. */
  static async read(file: string): Promise<StackFile> {
    const text = await readFile(file, "utf8").catch((error) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    const document: Document = parseDocument(text ?? "") as unknown as Document;
    const problem = document.errors[0];
    if (problem) throw new ConfigFileError(`invalid YAML file: ${file}: ${problem.message}`);
    if (document.contents === null) document.contents = new YAMLMap();
    if (!isMap(document.contents)) throw new ConfigFileError(`invalid YAML file: ${file}: expected a map of keys`);
    return new StackFile(file, document, text);
  }

  get encryptionSalt(): string | undefined {
    return this.textOf("encryptionsalt");
  }

  set encryptionSalt(salt: string) {
    const contents = this.document.contents as YAMLMap;
    if (contents.has("encryptionsalt")) contents.set("encryptionsalt", stringScalar(salt));
    else contents.items.unshift(new Pair(new Scalar("encryptionsalt"), stringScalar(salt)));
  }

  /** `secretsprovider`: who encrypts; left out: a passphrase. */
  get secretsProvider(): string | undefined {
    return this.textOf("secretsprovider");
  }

  /** `namespace:name` to value, in the order of the file. Top-level scalars are strings, numbers as they are spelled. */
  entries(): Map<string, ConfigNode> {
    const values = new PlainValues(this.document, this.file);
    const config = values.resolved(this.document.get("config", true) as Node | undefined);
    if (!config || (isScalar(config) && config.value === null)) return new Map();
    if (!isMap(config)) throw new ConfigFileError(`${this.file}: config: expected a map of keys`);
    return new Map(
      (config.items as Pair<Node, Node>[]).map((pair) => [values.name(pair), topLevelValue(pair.value, values)]),
    );
  }

  /** A top-level key always holds a string (or a secret); below a path, booleans and integers are guessed. */
  set(key: ConfigKey, value: string | { secure: string }): void {
    const config = this.config();
    if (key.path.length === 0) {
      put(config, keyText(key), valueNode(value, config.get(keyText(key), true)));
      return;
    }
    const existing = config.get(keyText(key), true) as Node | undefined;
    if (!existing || (isScalar(existing) && typeof existing.value === "string")) {
      put(config, keyText(key), emptyCollection(key.path[0] as PathSegment));
    }
    setBelow(config.get(keyText(key), true) as Node, key, value);
  }

  /** Makes a path of maps say a value; the comments of what is there already stay. */
  setNode(key: ConfigKey, value: ConfigNode): void {
    this.putNode(key, nodeSaying(value, this.node(key), this.document));
  }

  /** As it stands in the file, comments included; to be put back with `putNode`. */
  node(key: ConfigKey): Node | undefined {
    return this.document.getIn(["config", keyText(key), ...key.path], true) as Node | undefined;
  }

  /** Puts a node at a path of maps; what is there already is replaced. */
  putNode(key: ConfigKey, node: Node): void {
    const config = this.config();
    const path = [keyText(key), ...key.path];
    for (let depth = 1; depth < path.length; depth++) {
      refuseAlias(config.getIn(path.slice(0, depth), true), path.slice(0, depth).join("."));
      if (!isMap(config.getIn(path.slice(0, depth)))) config.setIn(path.slice(0, depth), new YAMLMap());
    }
    config.setIn(path, node);
  }

  /** Whether there was such a key. */
  remove(key: ConfigKey): boolean {
    const config = this.config();
    const path = [keyText(key), ...key.path];
    const removed = config.hasIn(path) && config.deleteIn(path);
    if (config.items.length === 0) this.document.delete("config");
    return removed;
  }

  /** What `save` would write. */
  text(): string {
    return this.document.toString({ lineWidth: 0, indentSeq: true, flowCollectionPadding: false });
  }

  /** Writes the file when something changed; its permissions stay. */
  async save(): Promise<void> {
    const text = this.text();
    if (text !== this.original) await replaceStackFile(this.file, text);
  }

  private textOf(key: string): string | undefined {
    const node = new PlainValues(this.document, this.file).resolved(this.document.get(key, true) as Node | undefined);
    return isScalar(node) ? (node.value as string) : undefined;
  }

  private config(): YAMLMap {
    refuseAlias(this.document.get("config", true), "config");
    if (!isMap(this.document.get("config"))) this.document.set("config", new YAMLMap());
    return this.document.get("config") as YAMLMap;
  }
}

/** Puts a whole text in place of the file's; what fails, a full disk say, leaves it as it was. Its permissions stay. */
export async function replaceStackFile(file: string, text: string): Promise<void> {
  const mode = await stat(file).then(
    (found) => found.mode & 0o777,
    () => 0o644,
  );
  await replaceFile(file, text, { mode });
}

function setBelow(root: Node, key: ConfigKey, value: string | { secure: string }): void {
  const shown =
    key.name + key.path.map((segment) => (typeof segment === "number" ? `[${segment}]` : `.${segment}`)).join("");
  let container = root;
  key.path.forEach((segment, depth) => {
    refuseMismatch(container, segment, shown);
    const collection = container as YAMLMap | YAMLSeq;
    const existing = collection.get(segment, true) as Node | undefined;
    const next = key.path[depth + 1];
    if (next === undefined) {
      put(collection, segment, typeof value === "string" ? guessedNode(value, existing) : valueNode(value, existing));
      return;
    }
    if (!existing) put(collection, segment, emptyCollection(next));
    container = collection.get(segment, true) as Node;
  });
}

/** What it stands for serves several places: an edit below it would be one of all, one in its place loses the rest. */
function refuseAlias(node: unknown, shown: string): void {
  if (!isAlias(node)) return;
  const advice = `the alias *${node.source} is there; write out what it stands for`;
  throw new ConfigFileError(`could not set config: ${shown}: ${advice}`);
}

function refuseMismatch(container: Node, segment: PathSegment, shown: string): void {
  refuseAlias(container, shown);
  if (isSeq(container)) {
    if (typeof segment !== "number")
      throw new ConfigFileError(`could not set config: ${shown}: key for an array must be an int`);
    if (segment > container.items.length)
      throw new ConfigFileError(`could not set config: ${shown}: array index out of range`);
  } else if (isMap(container)) {
    if (typeof segment !== "string")
      throw new ConfigFileError(`could not set config: ${shown}: key for a map must be a string`);
  } else {
    const expected = typeof segment === "number" ? "an array" : "a map";
    throw new ConfigFileError(
      `could not set config: ${shown}: ${expected} was expected, found ${JSON.stringify((container as Scalar).value)}`,
    );
  }
}

function put(collection: YAMLMap | YAMLSeq, key: PathSegment, node: Node): void {
  if (collection.items.length === 0) collection.flow = false; // An empty one was written as `{}` or `[]`.
  if (isMap(collection) && !collection.has(key)) collection.items.push(new Pair(stringScalar(String(key)), node));
  else collection.set(key, node);
}

function valueNode(value: string | { secure: string }, existing: unknown): Node {
  const scalar = isScalar(existing) ? existing : undefined;
  if (typeof value === "string") return stringScalar(value, scalar);
  const map = new YAMLMap();
  map.set(new Scalar("secure"), stringScalar(value.secure));
  return map;
}

/** `true`, `false` and integers without leading zeros become what they look like. */
function guessedNode(value: string, existing: Node | undefined): Node {
  if (value === "true" || value === "false") return new Scalar(value === "true");
  if (/^[-+]?(0|[1-9]\d*)$/.test(value) && Number.isSafeInteger(Number(value))) return new Scalar(Number(value));
  return valueNode(value, existing);
}

/** The node that is there, as far as it is of the same kind; one with an anchor is left to those that refer to it. */
function nodeSaying(value: ConfigNode, existing: Node | null | undefined, document: Document): Node {
  const reusable = existing && "anchor" in existing && existing.anchor ? undefined : existing;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const map = isMap(reusable) ? reusable : new YAMLMap();
    map.items = map.items.filter(({ key }) => Object.hasOwn(value, nameOf(key)));
    for (const [name, wanted] of Object.entries(value)) {
      const pair = map.items.find(({ key }) => nameOf(key) === name);
      if (pair) pair.value = nodeSaying(wanted, pair.value as Node | null, document);
      else put(map, name, nodeSaying(wanted, undefined, document));
    }
    return map;
  }
  const scalar = isScalar(reusable) ? reusable : undefined;
  if (scalar?.value === value) return scalar;
  if (typeof value === "string") return stringScalar(value, scalar);
  const node = document.createNode(value) as Node;
  node.comment = scalar?.comment;
  return node;
}

function nameOf(key: unknown): string {
  return String((key as Scalar).value);
}

function emptyCollection(firstKey: PathSegment): Node {
  return typeof firstKey === "number" ? new YAMLSeq() : new YAMLMap();
}

function topLevelValue(node: Node | null, values: PlainValues): ConfigNode {
  const target = values.resolved(node);
  if (!isScalar(target) || typeof target.value === "string") return values.of(node);
  return target.source ?? String(target.value ?? "");
}
