import type { Style, StyledText } from "./terminal-screen";

/** Pixels. */
const CHARACTER = 8;
const LINE = 19;
const FONT_SIZE = 13;
const MARGIN = 18;

const BACKGROUND = "#16181d";
const TEXT = "#d5d8de";
const DIM = "#868c98";
const COLORS: Record<number, string> = {
  31: "#f2777a",
  32: "#7fc98b",
  33: "#e3c06c",
  34: "#77a8f0",
  35: "#cf9be8",
};

/** Lines of a terminal as a picture. Every piece has its place and width, so that columns align with any font. */
export function screenSvg(lines: StyledText[][], description: string): string {
  const columns = Math.max(...lines.map((pieces) => pieces.reduce((sum, { text }) => sum + lengthOf(text), 0)));
  const width = columns * CHARACTER + 2 * MARGIN;
  const height = lines.length * LINE + 2 * MARGIN;
  const texts = lines.flatMap((pieces, row) => lineTexts(pieces, MARGIN + row * LINE + FONT_SIZE));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escaped(description)}</title>
<rect width="${width}" height="${height}" rx="8" fill="${BACKGROUND}"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace" font-size="${FONT_SIZE}">
${texts.join("\n")}
</g>
</svg>
`;
}

function lineTexts(pieces: StyledText[], y: number): string[] {
  let column = 0;
  return pieces.flatMap(({ text, style }) => {
    const from = column + (text.length - text.trimStart().length);
    column += lengthOf(text);
    const visible = text.trim();
    if (visible === "") return [];
    const x = MARGIN + from * CHARACTER;
    const length = lengthOf(visible) * CHARACTER;
    return `<text x="${x}" y="${y}" textLength="${length}" xml:space="preserve" ${look(style)}>${escaped(visible)}</text>`;
  });
}

function look({ bold, dim, color }: Style): string {
  const fill = color === undefined ? (dim ? DIM : TEXT) : (COLORS[color] ?? TEXT);
  return `fill="${fill}"${bold ? ' font-weight="bold"' : ""}`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function lengthOf(text: string): number {
  return [...text].length;
}
