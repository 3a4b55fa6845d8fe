import { ContractError } from "../contract-error";
import { describedProjects } from "../description";
import type { Layout } from "../layout";
import { unknownName } from "../unknown-name";

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
  throw new ContractError(unknownName("project", given, known), UNKNOWN);
}
