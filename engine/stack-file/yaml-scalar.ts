import { Scalar } from "yaml";

/**
 * A string in the style that Pulumi's YAML writer gives it, so that both engines write the same bytes: plain where it
 * reads back as a string, double quotes where it would read as another type, single quotes where a character forbids
 * the plain form, a literal block where it has several lines.
 */
export function stringScalar(text: string, existing?: Scalar): Scalar {
  const scalar = new Scalar<unknown>(text);
  scalar.type = styleOf(text);
  const keepsQuotes = existing?.type === Scalar.QUOTE_DOUBLE || existing?.type === Scalar.QUOTE_SINGLE;
  if (keepsQuotes && scalar.type === Scalar.PLAIN) scalar.type = existing.type;
  if (existing) {
    scalar.comment = existing.comment;
    scalar.commentBefore = existing.commentBefore;
  }
  return scalar;
}

function styleOf(text: string): Scalar.Type {
  if (text.includes("\n")) return Scalar.BLOCK_LITERAL;
  if (readsAsAnotherType(text)) return Scalar.QUOTE_DOUBLE;
  if (UNPRINTABLE.test(text)) return Scalar.QUOTE_DOUBLE;
  return FORBIDS_PLAIN.test(text) ? Scalar.QUOTE_SINGLE : Scalar.PLAIN;
}

/** null, booleans (those of YAML 1.1 too), numbers, dates, `<<`. */
function readsAsAnotherType(text: string): boolean {
  return (
    text === "" ||
    /^(~|null|Null|NULL|<<|=)$/.test(text) ||
    /^(y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|true|True|TRUE|false|False|FALSE)$/.test(text) ||
    /^[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)$/.test(text) ||
    /^[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?$/.test(text) ||
    /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/.test(text) ||
    /^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$/.test(text) ||
    /^\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?$/.test(text)
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that YAML cannot show
const UNPRINTABLE = /[\x00-\x08\x0b-\x1f\x7f\ufeff]/;
const FORBIDS_PLAIN = /^[,[\]{}#&*!|>'"%@`]|^[-?:](\s|$)|^[ \t]|[ \t]$|:(\s|$)|\s#|^(---|\.\.\.)/;
