import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readIfThere, writeAtomic } from "../atomic-file";
import type { Layout } from "../layout";

/** A swap of a volume's content that was begun, for whoever has to finish it: `volume-swap.json` of the project. */
export interface VolumeSwap {
  /** Docker's name. */
  volume: string;
  /** When it began, as `20260131_235959`. */
  moment: string;
  /** Ids of the containers that ran with the volume and are stopped meanwhile. */
  containers: string[];
}

export async function readSwap(layout: Layout, project: string): Promise<VolumeSwap | undefined> {
  const text = await readIfThere(path(layout, project));
  return text === undefined ? undefined : (JSON.parse(text) as VolumeSwap);
}

export async function writeSwap(layout: Layout, project: string, swap: VolumeSwap): Promise<void> {
  await writeAtomic(path(layout, project), `${JSON.stringify(swap)}\n`);
}

export async function forgetSwap(layout: Layout, project: string): Promise<void> {
  await rm(path(layout, project), { force: true });
}

function path(layout: Layout, project: string): string {
  return join(layout.project(project), "volume-swap.json");
}
