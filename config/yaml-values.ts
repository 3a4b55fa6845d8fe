import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import type { Path } from "./yaml-path";

/** Most values of a file, those behind an alias counted as often as it is used. */
const MAX_VALUES = 500_000;

/** What reading values has to say: something wrong at a node. */
export type Refuse = (node: Node, path: Path, text: string) => undefined;

/** There are more values than a file may have; aliases of aliases can make millions out of a line. */
export class TooManyValues extends Error {
  constructor() {
    super(`more than ${MAX_VALUES} values, those behind aliases counted at every use`);
    this.name = "TooManyValues";
  }
}

/** Makes plain values of a YAML tree and remembers what its aliases stand for. */
export class YamlValues {
  /** Alias to what it stands for. */
  readonly aliases = new Map<Node, Node>();
  private readonly anchors = new Map<string, Node>();
  /** What an anchor holds, and how many values that is; absent while it is being read. */
  private readonly known = new Map<Node, { value: unknown; count: number }>();
  private count = 0;

  constructor(
    private readonly refuse: Refuse,
    private readonly lineOf: (node: Node) => number,
  ) {}

  /** Throws `TooManyValues`; other mistakes are refused and left out. */
  read(node: Node | null, path: Path = []): unknown {
    if (isAlias(node)) {
      const target = this.anchors.get(node.source);
      if (!target) return this.refuse(node, path, `alias *${node.source} has no anchor before it`);
      const known = this.known.get(target);
      if (!known) return this.refuse(node, path, `alias *${node.source} contains itself`);
      this.aliases.set(node, target);
      this.add(known.count);
      // Not the same object: what is wrong at one of the two places is taken out there.
      return structuredClone(known.value);
    }
    const before = this.count;
    if (node?.anchor) this.anchors.set(node.anchor, node);
    this.add(1);
    const value = this.readPlain(node, path);
    if (node?.anchor) this.known.set(node, { value, count: this.count - before });
    return value;
  }

  private readPlain(node: Node | null, path: Path): unknown {
    if (isMap(node)) return this.readMap(node, path);
    if (isSeq(node)) return node.items.map((item, index) => this.read(item as Node, [...path, index]));
    return isScalar(node) ? node.value : null;
  }

  private readMap(map: YAMLMap, path: Path): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    const seen = new Map<string, Node>();
    for (const { key, value: item } of map.items as Pair<Node, Node | null>[]) {
      const name = keyText(key);
      if (name === undefined || name === "__proto__") {
        this.refuse(key, path, "this cannot be a key; allowed: text");
        continue;
      }
      if (name === "<<") {
        this.refuse(key, path, "merge keys are not read; repeat the keys, or give a whole value by an alias");
        // Taken in all the same, or its keys would be missing, too.
        Object.assign(value, this.read(item, path));
        continue;
      }
      const first = seen.get(name);
      if (first) {
        const text = `key "${name}" is there already, on line ${this.lineOf(first)}; keep one of the two`;
        this.refuse(key, [...path, name], text);
        continue;
      }
      seen.set(name, key);
      value[name] = this.read(item, [...path, name]);
    }
    return value;
  }

  private add(values: number): void {
    this.count += values;
    if (this.count > MAX_VALUES) throw new TooManyValues();
  }
}

export function keyText(key: Node | null): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined;
  return typeof key.value === "string" ? key.value : ((key as Scalar).source ?? String(key.value));
}
