import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair } from "yaml";
import { ConfigFileError } from "./project-file";
import type { ConfigNode } from "./stack-file";

/** Most values, those behind an alias counted at every use: aliases of aliases can make millions of a line. */
const MAX_VALUES = 500_000;

/**
 * Makes plain values of a stack file's nodes, as `config/` reads the same file: an alias is what it stands for, and
 * a merge key is refused rather than left out, as are aliases that stand for nothing. Throws `ConfigFileError`.
 */
export class PlainValues {
  /** Being read, so that an alias of one of them would never end. */
  private readonly open = new Set<Node>();
  private readonly targets = new Map<Alias, Node>();
  private count = 0;

  constructor(
    private readonly document: Document,
    private readonly file: string,
  ) {}

  /** What a node stands for: itself, where it is no alias. */
  resolved(node: Node | null | undefined): Node | null | undefined {
    if (!isAlias(node)) return node;
    const target = this.targets.get(node) ?? node.resolve(this.document);
    if (!target) throw this.refusal(`alias *${node.source} has no anchor before it`);
    this.targets.set(node, target);
    return target;
  }

  of(node: Node | null | undefined): ConfigNode {
    if (++this.count > MAX_VALUES) throw this.refusal(`more than ${MAX_VALUES} values, aliases counted at every use`);
    const target = this.resolved(node);
    if (isScalar(target)) return target.value as ConfigNode;
    if (!isMap(target) && !isSeq(target)) return null;
    if (this.open.has(target)) throw this.refusal(`alias *${target.anchor} contains itself`);
    this.open.add(target);
    const value = isSeq(target)
      ? target.items.map((item) => this.of(item as Node))
      : Object.fromEntries((target.items as Pair<Node, Node>[]).map((pair) => [this.name(pair), this.of(pair.value)]));
    this.open.delete(target);
    return value;
  }

  /** The key of a pair. */
  name({ key }: Pair<Node, Node>): string {
    const target = this.resolved(key);
    const name = String(isScalar(target) ? target.value : target);
    if (name !== "<<") return name;
    throw this.refusal("merge keys (<<) are not read; repeat the keys, or give a whole value by an alias");
  }

  private refusal(text: string): ConfigFileError {
    return new ConfigFileError(`${this.file}: ${text}`);
  }
}
