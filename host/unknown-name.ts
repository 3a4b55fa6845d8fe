import { nearest } from "../config/nearest";

/** `there is no project "shp" on this host; did you mean "shop"? known: blog, shop`; `others`: meant, too, but not listed. */
export function unknownName(kind: string, given: string, known: string[], others: string[] = []): string {
  const guess = nearest(given, [...known, ...others]);
  const hint = guess === undefined ? "" : ` did you mean "${guess}"?`;
  return `there is no ${kind} "${given}" on this host;${hint} known: ${known.join(", ")}`;
}
