import type { Palette } from "../../terminal/palette";
import {
  ARCHIVE_SIGNATURE,
  ASSET_SIGNATURE,
  isObject,
  isSecret,
  type PropertyMap,
  type PropertyValue,
  RESOURCE_SIGNATURE,
  signatureOf,
  UNKNOWN,
} from "../property-value";
import type { ValueDiff } from "./property-diff";

export interface PropertyTextOptions {
  palette: Palette;
  showSecrets: boolean;
}

type Mark = " " | "+" | "-" | "~";
const COLORS: Record<Mark, keyof Palette | undefined> = { " ": undefined, "+": "green", "-": "red", "~": "yellow" };
const MARKS = { same: " ", add: "+", delete: "-" } as const;
const STEP = "    ";

/**
 * Property values as Pulumi prints them: keys aligned, `[secret]` and `[unknown]` for what is not shown, JSON inside
 * strings unfolded. A changed line has its mark in the two columns before it.
 */
export class PropertyText {
  private text = "";

  constructor(private readonly options: PropertyTextOptions) {}

  /** The lines of a map, each ended by a newline. */
  static ofMap(map: PropertyMap, indent: string, mark: Mark, options: PropertyTextOptions): string {
    const printer = new PropertyText(options);
    printer.entries(map, indent, mark, isWorthALine);
    return printer.text;
  }

  /** The lines of the differences that `isShown` lets through, by default unchanged keys, too. All of them are aligned. */
  static ofDiff(
    entries: Record<string, ValueDiff>,
    indent: string,
    options: PropertyTextOptions,
    isShown: (diff: ValueDiff) => boolean = anything,
  ): string {
    const printer = new PropertyText(options);
    printer.diffEntries(entries, indent, (diff) => isShown(diff) && (diff.kind !== "same" || isWorthALine(diff.value)));
    return printer.text;
  }

  private entries(
    map: PropertyMap,
    indent: string,
    mark: Mark,
    isShown: (value: PropertyValue | undefined) => boolean,
  ): void {
    const keys = Object.keys(map).sort();
    const width = Math.max(0, ...keys.map((key) => key.length));
    for (const key of keys.filter((name) => isShown(map[name]))) {
      this.line(indent, mark, `${key.padEnd(width)}: `, () => this.value(map[key] as PropertyValue, indent, mark));
    }
  }

  private diffEntries(
    entries: Record<string, ValueDiff>,
    indent: string,
    isShown: (diff: ValueDiff) => boolean = anything,
  ): void {
    const width = Math.max(0, ...Object.keys(entries).map((key) => key.length));
    for (const [key, diff] of Object.entries(entries)) {
      if (!isShown(diff)) continue;
      this.diff(`${key.padEnd(width)}: `, diff, indent);
    }
  }

  private diff(title: string, diff: ValueDiff, indent: string): void {
    if (diff.kind === "update") this.line(indent, "~", title, () => this.update(diff.old, diff.new, indent));
    else if (diff.kind === "list" || diff.kind === "map")
      this.line(indent, "~", title, () => this.inside(diff, indent));
    else this.line(indent, MARKS[diff.kind], title, () => this.value(diff.value, indent, MARKS[diff.kind]));
  }

  private inside(diff: ValueDiff & { kind: "list" | "map" }, indent: string): void {
    this.text += diff.kind === "list" ? "[\n" : "{\n";
    if (diff.kind === "map") this.diffEntries(diff.entries, indent + STEP);
    else {
      diff.entries.forEach((entry, index) => {
        if (entry) this.diff(`[${index}]: `, entry, indent + STEP);
      });
    }
    this.text += `${indent}${diff.kind === "list" ? "]" : "}"}`;
  }

  private update(old: PropertyValue, now: PropertyValue, indent: string): void {
    this.value(old, indent, "-");
    this.text += " => ";
    this.value(now, indent, "+");
  }

  private line(indent: string, mark: Mark, title: string, print: () => void): void {
    const color = COLORS[mark];
    const margin = mark === " " ? indent : `${indent.slice(0, -2)}${mark} `;
    this.text += color ? this.options.palette[color](`${margin}${title}`) : `${margin}${title}`;
    print();
    this.text += "\n";
  }

  private value(value: PropertyValue, indent: string, mark: Mark): void {
    if (isSecret(value)) {
      if (this.options.showSecrets) this.value(value.value, indent, mark);
      else this.text += "[secret]";
    } else if (Array.isArray(value)) this.list(value, indent, mark);
    else if (isObject(value)) this.object(value, indent, mark);
    else if (typeof value === "string") this.string(value, indent, mark);
    else this.text += value === null ? "<null>" : String(value);
  }

  private list(list: PropertyValue[], indent: string, mark: Mark): void {
    if (list.length === 0) {
      this.text += "[]";
      return;
    }
    this.text += "[\n";
    // The mark of an entry stands below that of its list, as Pulumi prints it.
    list.forEach((entry, index) => {
      this.line(indent, mark, `${STEP}[${index}]: `, () => this.value(entry, indent + STEP, mark));
    });
    this.text += `${indent}]`;
  }

  private object(map: PropertyMap, indent: string, mark: Mark): void {
    const special = specialText(map);
    if (special !== undefined) this.text += special;
    else if (Object.keys(map).length === 0) this.text += "{}";
    else {
      this.text += "{\n";
      this.entries(map, indent + STEP, mark, anything);
      this.text += `${indent}}`;
    }
  }

  private string(text: string, indent: string, mark: Mark): void {
    if (text === UNKNOWN) {
      this.text += "[unknown]";
      return;
    }
    const decoded = jsonInside(text);
    if (decoded === undefined) {
      this.text += JSON.stringify(text);
      return;
    }
    this.text += "(json) ";
    this.value(decoded, indent, mark);
    this.text += "\n";
  }
}

function anything(_: unknown): boolean {
  return true;
}

/** An empty property that did not change would only hide the others; inside a value it is shown. */
function isWorthALine(value: PropertyValue | undefined): boolean {
  if (value === null || value === undefined || value === "") return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}

function specialText(map: PropertyMap): string | undefined {
  switch (signatureOf(map)) {
    case ASSET_SIGNATURE:
      return `asset(${"text" in map ? "text" : "file"}:${String(map.hash).slice(0, 7)}) ${"path" in map ? `{ ${map.path} }` : ""}`.trim();
    case ARCHIVE_SIGNATURE:
      return `archive(${"path" in map ? "file" : "assets"}:${String(map.hash).slice(0, 7)}) ${"path" in map ? `{ ${map.path} }` : ""}`.trim();
    case RESOURCE_SIGNATURE:
      return JSON.stringify(map.id || map.urn);
    default:
      return undefined;
  }
}

/** A map or list written as JSON in a string; anything else is shown as the string it is. */
function jsonInside(text: string): PropertyValue | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
