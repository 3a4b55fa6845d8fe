import {
  type Document,
  type ErrorCode,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { ConfigError, type Mistake } from "./config-error";
import { tooDeepAt } from "./yaml-nesting";
import type { Path } from "./yaml-path";
import { keyText, TooManyValues, YamlValues } from "./yaml-values";

/** Largest file, in characters: twice what a thousand projects need. */
const MAX_LENGTH = 2 * 1024 * 1024;
/** Where the parser's own words are no help to an operator. */
const SYNTAX_ADVICE: Partial<Record<ErrorCode, string>> = {
  TAB_AS_INDENT: "tabs cannot indent; use spaces",
  MULTIPLE_DOCS: "a second document begins here; a file has one",
};

/** A YAML file as plain values that remember where they stand in it. */
export class YamlSource {
  /** Maps, lists, text, numbers, booleans and null; null for an empty file. */
  readonly value: unknown;
  /** What is wrong whatever the file is about: duplicate keys, aliases without an anchor. */
  readonly mistakes: Mistake[] = [];
  private readonly lines = new LineCounter();
  private readonly root: Node | null;
  private readonly values = new YamlValues(
    (node, path, text) => this.refuse(offset(node), path, text),
    (node) => this.lines.linePos(offset(node)).line,
  );
  private readonly pairs = new Map<YAMLMap, Map<string | undefined, Pair<Node, Node | null>>>();

  /** Throws `ConfigError` where it cannot be read at all: syntax, size, aliases without end. */
  constructor(
    text: string,
    readonly file: string,
  ) {
    if (text.length > MAX_LENGTH) {
      this.giveUp(0, `${megabytes(text.length)} is too large; allowed: up to ${megabytes(MAX_LENGTH)}`);
    }
    const tooDeep = tooDeepAt(text);
    if (tooDeep !== undefined) {
      for (const { index } of text.slice(0, tooDeep).matchAll(/^/gm)) this.lines.addNewLine(index);
      this.giveUp(tooDeep, "nested too deeply");
    }
    this.root = this.parse(text).contents;
    try {
      this.value = this.root ? this.values.read(this.root) : null;
    } catch (error) {
      if (!(error instanceof TooManyValues)) throw error;
      this.giveUp(0, error.message);
    }
  }

  /** `at`: the value itself, or the key before it. What is not there is reported at the nearest place around it. */
  mistake(path: Path, text: string, at: "key" | "value" = "value"): Mistake {
    return this.mistakeAt(this.offsetOf(path, at), path, text);
  }

  /** `line:column` of a value's key, for pointing at it from another mistake. */
  position(path: Path): string {
    const { line, col } = this.lines.linePos(this.offsetOf(path, "key"));
    return `${line}:${col}`;
  }

  /** A plain value as it is written: `1.10`, where the number would be 1.1. */
  writtenAs(path: Path): string | undefined {
    const node = this.walk(path).at(-1)?.value;
    return isScalar(node) ? node.source : undefined;
  }

  /** One mistake a place: the parser repeats itself for everything around it. */
  private parse(text: string): Document.Parsed {
    const options = { lineCounter: this.lines, prettyErrors: false, uniqueKeys: false } as const;
    const document = parseDocument(text, options);
    const places = new Set<number>();
    for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
      if (!places.has(pos[0])) this.refuse(pos[0], [], `not YAML: ${SYNTAX_ADVICE[code] ?? message}`);
      places.add(pos[0]);
    }
    if (this.mistakes.length > 0) throw new ConfigError(this.mistakes);
    return document;
  }

  /** The pairs and items on the way, as far as there are any. */
  private walk(path: Path): { key?: Node; value: Node | null }[] {
    const steps: { key?: Node; value: Node | null }[] = [{ value: this.root }];
    for (const step of path) {
      const last = steps.at(-1)?.value ?? null;
      const inside = (last && this.values.aliases.get(last)) ?? last;
      if (isMap(inside)) {
        const pair = this.pairsOf(inside).get(String(step));
        if (!pair) break;
        steps.push({ key: pair.key, value: pair.value });
      } else if (isSeq(inside) && inside.items[step as number]) {
        steps.push({ value: inside.items[step as number] as Node });
      } else break;
    }
    return steps;
  }

  /** Kept, since a map with many mistakes is asked for each. */
  private pairsOf(map: YAMLMap): Map<string | undefined, Pair<Node, Node | null>> {
    let pairs = this.pairs.get(map);
    if (!pairs) {
      const items = (map.items as Pair<Node, Node | null>[]).toReversed();
      pairs = new Map(items.map((pair) => [keyText(pair.key), pair]));
      this.pairs.set(map, pairs);
    }
    return pairs;
  }

  private offsetOf(path: Path, at: "key" | "value"): number {
    const steps = this.walk(path);
    const last = steps.at(-1);
    const isThere = steps.length === path.length + 1;
    const node = (at === "value" && isThere ? last?.value : undefined) ?? last?.key ?? last?.value;
    return node ? offset(node) : 0;
  }

  private mistakeAt(at: number, path: Path, text: string): Mistake {
    const { line, col } = this.lines.linePos(at);
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1), path: path.join("/"), text };
  }

  private refuse(at: number, path: Path, text: string): undefined {
    this.mistakes.push(this.mistakeAt(at, path, text));
  }

  private giveUp(at: number, text: string): never {
    this.refuse(at, [], text);
    throw new ConfigError(this.mistakes);
  }
}

function offset(node: Node): number {
  return node.range?.[0] ?? 0;
}

function megabytes(length: number): string {
  return `${(length / 1024 / 1024).toFixed(1)} MiB`;
}
