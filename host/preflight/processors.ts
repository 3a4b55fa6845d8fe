import { docker } from "../docker";
import type { Finding } from "./finding";

/** How many processors Docker may use here. */
export async function processors(): Promise<number> {
  const { NCPU } = (await docker().info()) as { NCPU: number };
  return NCPU;
}

/**
 * Docker does not create a container that may use more processors than there are, and would say so only after the
 * backup, the pull and the migration.
 */
export function processorFindings(cpus: Record<string, number>, available: number): Finding[] {
  return Object.entries(cpus)
    .filter(([, wanted]) => wanted > available)
    .map(([container, wanted]) => ({
      text:
        `container ${container} wants ${wanted} processors (limits.cpus in projects.yml), ` +
        `and this host has ${available}`,
    }));
}
