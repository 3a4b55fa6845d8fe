/** How a piece of text looks; colours are those of SGR 30 to 37. */
export interface Style {
  bold: boolean;
  dim: boolean;
  color?: number;
}

export interface StyledText {
  text: string;
  style: Style;
}

interface Cell {
  character: string;
  style: Style;
}

const PLAIN: Style = { bold: false, dim: false };
/** A control sequence (parameters, final letter), a line's end, or one character. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control sequences begin with the escape character
const PIECE = /\u001b\[([?\d;]*)([A-Za-z])|\r|\n|./gu;

/**
 * What a terminal shows in the end, of as many lines as there are, none wrapped. It knows what this project's displays
 * write: colours, moving up, erasing to the right and below, and modes that change no text. Anything else throws.
 */
export class TerminalScreen {
  private readonly rows: Cell[][] = [[]];
  private row = 0;
  private column = 0;
  private style = PLAIN;

  write(text: string): void {
    for (const [piece, parameters, letter] of text.matchAll(PIECE)) {
      if (letter !== undefined) this.control(letter, parameters ?? "");
      else if (piece === "\r") this.column = 0;
      else if (piece === "\n") this.moveTo(this.row + 1);
      else this.put(piece);
    }
  }

  /** Each line as pieces of one style; without empty lines at the end. */
  lines(): StyledText[][] {
    const lines = this.rows.map(styled);
    while (lines.at(-1)?.length === 0) lines.pop();
    return lines;
  }

  private control(letter: string, parameters: string): void {
    const count = Number(parameters || 1);
    if (letter === "m") this.style = parameters.split(";").map(Number).reduce(restyled, this.style);
    else if (letter === "A") this.moveTo(Math.max(0, this.row - count));
    else if (letter === "K" && !parameters) this.current.splice(this.column);
    else if (letter === "J" && !parameters) {
      this.current.splice(this.column);
      this.rows.splice(this.row + 1);
    } else if (!parameters.startsWith("?")) throw new Error(`the terminal was sent ESC[${parameters}${letter}`);
  }

  private get current(): Cell[] {
    return this.rows[this.row] as Cell[];
  }

  private moveTo(row: number): void {
    this.row = row;
    while (this.rows.length <= row) this.rows.push([]);
  }

  private put(character: string): void {
    while (this.current.length < this.column) this.current.push({ character: " ", style: PLAIN });
    this.current[this.column] = { character, style: this.style };
    this.column += 1;
  }
}

function restyled(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code >= 30 && code <= 37) return { ...style, color: code };
  throw new Error(`the terminal was sent style ${code}`);
}

function styled(cells: Cell[]): StyledText[] {
  const pieces: StyledText[] = [];
  for (const { character, style } of cells) {
    const last = pieces.at(-1);
    if (last && JSON.stringify(last.style) === JSON.stringify(style)) last.text += character;
    else pieces.push({ text: character, style });
  }
  return pieces;
}
