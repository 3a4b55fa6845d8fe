import { currentFiles } from "./generation";
import type { Layout } from "./layout";
import { lockHolder } from "./lock";

/** Included by the project's site after the routes; a `return` there answers before any of their locations. */
export function holdPath(project: string): string {
  return `routes/${project}/locations.held.conf`;
}

export async function isHeld(layout: Layout, project: string): Promise<boolean> {
  const [held] = await currentFiles(layout, [holdPath(project)]);
  return held !== undefined;
}

/** Of the hold that a project is under, if any: what lets a request through to its release. */
export async function holdToken(layout: Layout, project: string): Promise<string | undefined> {
  const [held = ""] = await currentFiles(layout, [holdPath(project)]);
  return /= "(\w+)"/.exec(held)?.[1];
}

/** Whether a project's requests are answered 503 on behalf of a command that is gone, and its guard with it. */
export async function isLeftHeld(layout: Layout, project: string): Promise<boolean> {
  return (await isHeld(layout, project)) && (await lockHolder(layout.project(project))) === undefined;
}
