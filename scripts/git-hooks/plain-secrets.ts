import { basename } from "node:path";
import { isPair, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { looksLikeSecret } from "../../engine/cli/looks-like-secret";

/** A value that `config set` would not take in clear. */
interface PlainSecret {
  line: number;
  /** As `config set --path` takes it, in a stack's file. */
  path: string;
  value: string;
}

/** Below which nothing is secret, whatever a container is called. */
const PUBLIC = new Set(["images", "imageIds"]);

/**
 * What is to be said of the plain values in a stack's file, or in `projects.yml`, that look like secrets and that the
 * commit changes: what is in git `before` already was meant to be there.
 */
export function plainSecretsText(file: string, content: string, before = ""): string {
  const [, stack] = /^Pulumi\.(.+)\.yaml$/.exec(basename(file)) ?? [];
  const known = new Set(plainSecrets(before, stack).map(({ path, value }) => `${path}=${value}`));
  return plainSecrets(content, stack)
    .filter(({ path, value }) => !known.has(`${path}=${value}`))
    .map(({ line, path }) => {
      const key = stack ? path.replace(/^config\./, "") : "slipway:variables.PROJECT.NAME";
      const command = `./slipway config set --stack ${stack ?? "STACK"} --secret --path '${key}'`;
      return `${file}:${line}: ${path}: a plain value that looks like a secret\nhint: encrypt it: ${command}\n`;
    })
    .join("");
}

/** Of a file that is no YAML, what can be read of it; of a stack's file its configuration. */
function plainSecrets(content: string, stack: string | undefined): PlainSecret[] {
  const lines = new LineCounter();
  const found: PlainSecret[] = [];
  visit(parseDocument(content, { lineCounter: lines }), {
    Pair: (_, { key }) => (isScalar(key) && key.value === "secure" ? visit.SKIP : undefined),
    Scalar: (at, { value, range }, above) => {
      const keys = above.filter(isPair).map(({ key }) => String(key));
      if (at === "key" || !looksLikeSecret(keys.at(-1) ?? "", String(value))) return;
      if ((stack && keys[0] !== "config") || keys.some((key) => PUBLIC.has(key))) return;
      found.push({ line: lines.linePos(range?.[0] ?? 0).line, path: pathText(keys), value: String(value) });
    },
  });
  return found;
}

/** Lists are taken whole: which of their entries it is says the line. */
function pathText([first = "", ...others]: string[]): string {
  return first + others.map((key) => (/[.[\]"]/.test(key) ? `[${JSON.stringify(key)}]` : `.${key}`)).join("");
}
