/** Prometheus' text format, as far as this program writes it. */

export interface Family {
  name: string;
  /** A summary has only its sum and its count. */
  type: "counter" | "gauge" | "summary";
  help: string;
}

export interface Sample {
  name: string;
  labels?: Record<string, string>;
  value: number;
}

/** A series with its labels, as the file spells it, to its value. */
export type SeriesValues = Map<string, number>;

const LINE = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)$/;

export function seriesKey({ name, labels = {} }: Omit<Sample, "value">): string {
  const parts = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return parts.length === 0 ? name : `${name}{${parts.join(",")}}`;
}

/** Lines that are no series are passed over. */
export function readSeries(text: string): SeriesValues {
  const values: SeriesValues = new Map();
  for (const line of text.split("\n")) {
    const [, key, value] = LINE.exec(line) ?? [];
    if (key !== undefined && Number.isFinite(Number(value))) values.set(key, Number(value));
  }
  return values;
}

/** Families without a series are left out, and series without a family. */
export function seriesText(families: Family[], values: SeriesValues): string {
  return families
    .map(({ name, type, help }) => {
      const names = type === "summary" ? [`${name}_sum`, `${name}_count`] : [name];
      const keys = names.flatMap((series) => seriesOfFamily(values, series).sort());
      if (keys.length === 0) return "";
      const lines = keys.map((key) => `${key} ${values.get(key)}\n`);
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
    })
    .join("");
}

export function seriesOfFamily(values: SeriesValues, name: string): string[] {
  return [...values.keys()].filter((key) => key === name || key.startsWith(`${name}{`));
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
