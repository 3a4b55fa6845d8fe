import { join } from "node:path";
import { readIfThere } from "../atomic-file";
import type { Layout } from "../layout";

interface Deployment {
  backup?: string;
}

/** Ids of the backups that the deployments of a project's manifest go back to (MT-15), which retention keeps (SC-07). */
export async function neededBackups(layout: Layout, project: string): Promise<Set<string>> {
  const text = await readIfThere(join(layout.project(project), "manifest.json"));
  if (text === undefined) return new Set();
  const manifest = JSON.parse(text) as { current_deployment?: Deployment; deployment_history?: Deployment[] };
  const deployments = [manifest.current_deployment, ...(manifest.deployment_history ?? [])];
  return new Set(deployments.flatMap((deployment) => (deployment?.backup ? [deployment.backup] : [])));
}
