import type { Mistake } from "./config-error";
import { variableName, variableValue } from "./grammar";

/** A line `NAME=value` of an `.env` file. */
export interface EnvLine {
  name: string;
  value: string;
  /** From 1. */
  line: number;
}

const ASSIGNMENT = /^\s*(?:export\s+)?([^=\s#]+)\s*=\s*(.*?)\s*$/;
const DOUBLE_QUOTED = /^"((?:[^"\\]|\\.)*)"(?:\s+#.*)?$/;
const SINGLE_QUOTED = /^'([^']*)'(?:\s+#.*)?$/;
const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t" };

/**
 * Reads an `.env` file: lines NAME=value, comments after #, `export` before a name. In double quotes \n, \t, \" and \\
 * stand for what they do elsewhere, in single quotes nothing does. Nothing is expanded. Mistakes never show a value.
 */
export function readEnvFile(text: string, file: string): { lines: EnvLine[]; mistakes: Mistake[] } {
  const lines: EnvLine[] = [];
  const mistakes: Mistake[] = [];
  for (const [index, content] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(content)) continue;
    const line = index + 1;
    const refuse = (what: string, path = "") => mistakes.push({ file, line, column: 1, path, text: what });
    const [, name, written = ""] = ASSIGNMENT.exec(content) ?? [];
    if (name === undefined) {
      refuse("found no NAME=value; allowed: NAME=value, a comment after #, or nothing");
      continue;
    }
    const value = unquoted(written);
    const first = lines.find((it) => it.name === name);
    const wrongName = variableName.safeParse(name).error?.issues[0]?.message;
    if (wrongName) refuse(`found ${JSON.stringify(name)}; allowed: ${wrongName}`);
    else if (first) refuse(`is there already, on line ${first.line}; keep one of the two`, name);
    else if (value === undefined) refuse("a quote without its end; write a line break as \\n in double quotes", name);
    else if (!variableValue.safeParse(value).success) refuse("a value with NUL in it; allowed: text without", name);
    else lines.push({ name, value, line });
  }
  return { lines, mistakes };
}

/** `undefined` where a quote is not closed. */
function unquoted(written: string): string | undefined {
  if (written.startsWith('"')) {
    const quoted = DOUBLE_QUOTED.exec(written)?.[1];
    return quoted?.replace(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
  }
  if (written.startsWith("'")) return SINGLE_QUOTED.exec(written)?.[1];
  return written.replace(/(^|\s+)#.*$/, "");
}
