/**
 * The records hold placeholders for what differs from run to run: `<ID-1>` for a container's id, `<TIME>` for a time.
 * Instead of putting the same placeholders into what this engine writes, a record is read as a pattern: `<TIME>`
 * matches any time, and `<ID-1>` any id the first time and only that same id from then on.
 */

/** What a placeholder may stand for, by kind. */
const forms: Readonly<Record<string, string>> = {
  ID: "[0-9a-f]{64}",
  UUID: "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
  RAND: "[^\\n]+?",
  TIME: "(?:\\d{4}-\\d\\d-\\d\\d[T ][\\d:.]+(?: ?(?:Z|[+-]\\d\\d:?\\d\\d)(?: [A-Z]{3,4})?)?(?: m=[+-][\\d.]+)?|\\d{9,}(?:\\.\\d+)?)",
  AGO: "(?:now|(?:\\d+|an?|less than a) [a-z]+ ago)",
  DURATION: "(?:\\d+h)?(?:\\d+m)?\\d+(?:\\.\\d+)?(?:ms|µs|s)?",
  NANOS: "1[7-9]\\d{17}",
  IP: "\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}",
  NET: "\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.0",
  PREFIX: "\\d{1,2}",
  MAC: "(?:[0-9a-f]{2}:){5}[0-9a-f]{2}",
  PID: "\\d+",
  PORT: "\\d+",
  USER: '[^\\s"@]+',
  HOST: '[^\\s"@]+',
};

/** Kinds of which two placeholders may stand for one value: two files of one moment. */
const shared = new Set(["NANOS"]);

const placeholder = /<([A-Z]+)(?:-(\d+))?(:12)?>/g;

/** Values that the placeholders of one scenario were found to stand for; one to one within a kind. */
export class Bindings {
  private values = new Map<string, string>();
  private names = new Map<string, string>();

  valueOf(name: string): string | undefined {
    return this.values.get(name);
  }

  /** Whether `name` may stand for `value` from now on, next to everything else that is bound. */
  allows(name: string, value: string): boolean {
    const bound = this.values.get(name);
    if (bound !== undefined) return canonical(bound) === canonical(value);
    const taken = this.names.get(`${kindOf(name)} ${canonical(value)}`);
    if (taken !== undefined && !shared.has(kindOf(name))) return false;
    const [long, short] = name.endsWith(":12")
      ? [this.values.get(name.slice(0, -3)), value]
      : [value, this.values.get(`${name}:12`)];
    return long === undefined || short === undefined || long.startsWith(short);
  }

  bind(name: string, value: string): void {
    if (this.values.has(name)) return;
    this.values.set(name, value);
    this.names.set(`${kindOf(name)} ${canonical(value)}`, name);
  }

  /** Keeps what `match` binds only when it succeeds. */
  attempt(match: () => boolean): boolean {
    const [values, names] = [new Map(this.values), new Map(this.names)];
    const isMatch = match();
    if (!isMatch) [this.values, this.names] = [values, names];
    return isMatch;
  }

  /** Every value that a placeholder of this kind stands for. */
  valuesOfKind(kind: string): string[] {
    return [...this.values].filter(([name]) => kindOf(name) === kind).map(([, value]) => value);
  }
}

/**
 * Whether `got` is what the recorded text `expected` stands for. On success its placeholders are bound; otherwise
 * nothing is.
 */
export function matches(expected: string, got: string, bindings: Bindings): boolean {
  const names: string[] = [];
  let source = "";
  let end = 0;
  for (const match of expected.matchAll(placeholder)) {
    const [token, kind = "", number, short] = match;
    const form = forms[kind];
    if (form === undefined) continue;
    source += literal(expected.slice(end, match.index));
    end = match.index + token.length;
    if (number === undefined) {
      source += form;
      continue;
    }
    const name = token.slice(1, -1);
    const bound = bindings.valueOf(name);
    if (bound !== undefined && kind !== "RAND") {
      source += literal(bound);
    } else {
      names.push(name);
      source += `(${short ? "[0-9a-f]{12}" : form})`;
    }
  }
  if (end === 0) return expected === got;
  const found = new RegExp(`^${source}${literal(expected.slice(end))}$`, "s").exec(got);
  if (!found) return false;
  const trial = names.map((name, index) => [name, found[index + 1] ?? ""] as const);
  const consistent = trial.every(
    ([name, value], index) =>
      bindings.allows(name, value) &&
      trial
        .slice(0, index)
        .every(
          ([other, seen]) =>
            kindOf(other) !== kindOf(name) || (other === name) === (canonical(seen) === canonical(value)),
        ),
  );
  if (consistent) for (const [name, value] of trial) bindings.bind(name, value);
  return consistent;
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function kindOf(name: string): string {
  return name.replace(/-\d+/, "");
}

/** Base64 in its two alphabets is one value: the records have one placeholder where a random value needs neither. */
function canonical(value: string): string {
  return value.replaceAll("+", "-").replaceAll("/", "_");
}
