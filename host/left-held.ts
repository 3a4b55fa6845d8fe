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

/** What has the project's lock to let it go, as the guard of a hold does. */
export function guardPurpose(project: string): string {
  return `let go of ${project}`;
}

/** Whether a project's requests are answered 503 on behalf of a command that is gone; its guard may be at it. */
export async function isLeftHeld(layout: Layout, project: string): Promise<boolean> {
  if (!(await isHeld(layout, project))) return false;
  const holder = await lockHolder(layout.project(project));
  return holder === undefined || holder.purpose === guardPurpose(project);
}
