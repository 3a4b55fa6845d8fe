import { CST, Lexer } from "yaml";

/** More than any file of Slipway needs. The parser recurses: deep enough, it takes the whole process down. */
const MOST_LEVELS = 100;
/** Widest indentation: two spaces a level. */
const MOST_SPACES = 2 * MOST_LEVELS;
/** Tokens that stand for no character of the text. */
const ZERO_WIDTH = new Set([CST.BOM, CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

/** Offset of the place where a YAML text nests too deeply for the parser, as its tokens alone tell. */
export function tooDeepAt(text: string): number | undefined {
  let offset = 0;
  let brackets = 0;
  let dashes = 0;
  let isLineStart = true;
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    if (type === "flow-seq-start" || type === "flow-map-start") brackets += 1;
    if (type === "flow-seq-end" || type === "flow-map-end") brackets -= 1;
    if (type === "seq-item-ind" || type === "explicit-key-ind") dashes += 1;
    if (type === "newline") dashes = 0;
    const indentation = type === "space" && isLineStart && brackets === 0 ? lexeme.length : 0;
    if (brackets > MOST_LEVELS || dashes > MOST_LEVELS || indentation > MOST_SPACES) return offset;
    isLineStart = type === "newline";
    offset += ZERO_WIDTH.has(lexeme) ? 0 : lexeme.length;
  }
  return undefined;
}
