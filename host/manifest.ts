import { join } from "node:path";
import type { RecordedRelease } from "../config/stack-config";
import type { Layout } from "./layout";
import { readState, writeState } from "./state-file";

/** Deployments that a manifest keeps (MT-15). */
const KEPT = 10;

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
  /** With which the stack's file names it again; secrets in it are ciphertext. */
  config: RecordedRelease;
}

export interface PastDeployment extends Omit<Deployment, "config"> {
  /** Left out where it never came to a rollout. */
  config?: RecordedRelease;
  result: "success" | "failed" | "rolled back";
  /** Why it failed, was rolled back, or that it was a rollback. */
  reason?: string;
}

export async function readManifest(layout: Layout, project: string): Promise<Manifest> {
  const nothing = { project, environment: "", current_deployment: null, deployment_history: [] };
  return (await readState<Manifest>(layout, manifestPath(layout, project))) ?? nothing;
}

export async function writeManifest(layout: Layout, manifest: Manifest): Promise<void> {
  await writeState(manifestPath(layout, manifest.project), manifest);
}

/** A deployment that is live now. Written down again, as by a rollback that went on, it takes its own place. */
export function deployed(manifest: Manifest, deployment: Deployment, reason?: string): Manifest {
  const [latest, ...earlier] = manifest.deployment_history;
  const isAgain = latest?.release === deployment.release && latest.result === "success";
  return {
    ...manifest,
    current_deployment: deployment,
    deployment_history: [
      { ...deployment, result: "success" as const, ...(reason !== undefined && { reason }) },
      ...(isAgain ? earlier : manifest.deployment_history),
    ].slice(0, KEPT),
  };
}

/**
 * One that is not live, or not any more; `serving` names the release that is, if any. Where that is the one that failed,
 * it was looked at again, and its success stays: it serves, and may be gone back to later.
 */
export function notDeployed(manifest: Manifest, failed: PastDeployment, serving: string | undefined): Manifest {
  const [latest, ...earlier] = manifest.deployment_history;
  const isTakenBack = latest?.release === failed.release && latest.result === "success" && serving !== failed.release;
  const history = isTakenBack ? earlier : manifest.deployment_history;
  const current =
    manifest.current_deployment?.release === serving
      ? manifest.current_deployment
      : history.find((past): past is SucceededDeployment => past.release === serving && isSuccess(past));
  return {
    ...manifest,
    current_deployment: current ? withoutResult(current) : null,
    deployment_history: [failed, ...history].slice(0, KEPT),
  };
}

type SucceededDeployment = PastDeployment & Deployment;

/** One that an operator can go back to, as far as the manifest tells. */
export function isSuccess(past: PastDeployment): past is SucceededDeployment {
  return past.result === "success" && past.config !== undefined;
}

function withoutResult(past: Deployment & Partial<PastDeployment>): Deployment {
  const { result: _, reason: __, ...deployment } = past;
  return deployment;
}

function manifestPath(layout: Layout, project: string): string {
  return join(layout.project(project), "manifest.json");
}
