import { join } from "node:path";
import { readIfThere } from "./atomic-file";
import type { Layout } from "./layout";

/** What runs where, and what ran before: `manifest.json` in the project's folder. */
export interface Manifest {
  project: string;
  environment: string;
  current_deployment: Deployment | null;
  /** Newest first, the last 10. */
  deployment_history: PastDeployment[];
}

export interface Deployment {
  version: string;
  release: string;
  /** RFC 3339. */
  deployed_at: string;
  deployed_by: string;
  /** Of the platform's repository; "" where it is not known. */
  git_sha: string;
  /** Id of the backup taken before it; "" where there is none. */
  backup: string;
  /** Container name to image reference by digest. */
  images: Record<string, string>;
}

export interface PastDeployment extends Deployment {
  result: "success" | "failed" | "rolled back";
  /** Why it failed, was rolled back, or that it was a rollback. */
  reason?: string;
}

export async function readManifest(layout: Layout, project: string): Promise<Manifest> {
  const text = await readIfThere(join(layout.project(project), "manifest.json"));
  if (text === undefined) return { project, environment: "", current_deployment: null, deployment_history: [] };
  return JSON.parse(text) as Manifest;
}
