import { docker } from "./docker";
import type { ContainerRef } from "./requests";

/**
 * What a release's containers lack of the variables that `projects.yml` promised (OV-06), by looking into each as it was
 * started. Shows what was promised, never what was found: that could be a secret in the wrong place.
 */
export async function promisedFindings(
  containers: ContainerRef[],
  promised: Record<string, string>,
): Promise<string[]> {
  if (Object.keys(promised).length === 0) return [];
  const found = await Promise.all(
    containers.map(async ({ service, id }) => {
      const { Config } = await docker().getContainer(id).inspect();
      return brokenPromises(Config.Env ?? [], promised).map((text) => `container ${service}: ${text}`);
    }),
  );
  return found.flat();
}

/** `env`: lines `NAME=value`. */
export function brokenPromises(env: string[], promised: Record<string, string>): string[] {
  const values = new Map(env.map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]));
  return Object.entries(promised).flatMap(([name, value]) => {
    if (values.get(name) === value) return [];
    const what = values.has(name) ? "has another value than was promised" : "is not set";
    return [`${name} ${what}; promised is ${JSON.stringify(value)}`];
  });
}
