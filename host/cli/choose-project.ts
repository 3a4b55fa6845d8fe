import { nearest } from "../../config/nearest";
import { ContractError } from "../contract-error";
import { describedProjects } from "../description";
import type { Layout } from "../layout";

const UNKNOWN = 1;

/** The project that is meant; it may be left out where the host knows only one (SC-02). Throws `ContractError`. */
export async function chooseProject(layout: Layout, given: string | undefined): Promise<string> {
  const known = await describedProjects(layout);
  if (known.length === 0) throw new ContractError("nothing was deployed to this host yet", UNKNOWN);
  if (given === undefined) {
    const [only, ...others] = known as [string, ...string[]];
    if (others.length === 0) return only;
    throw new ContractError(`this host has several projects, so name one; known: ${known.join(", ")}`, UNKNOWN);
  }
  if (known.includes(given)) return given;
  throw new ContractError(unknownText("project", given, known), UNKNOWN);
}

/** `there is no project "shp" on this host; did you mean "shop"? known: blog, shop` */
export function unknownText(kind: string, given: string, known: string[]): string {
  const guess = nearest(given, known);
  const hint = guess === undefined ? "" : ` did you mean "${guess}"?`;
  return `there is no ${kind} "${given}" on this host;${hint} known: ${known.join(", ")}`;
}
