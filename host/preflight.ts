import type { Layout } from "./layout";
import type { Log } from "./log";
import type { PreflightRequest } from "./requests";

export async function preflight(
  _layout: Layout,
  log: Log,
  { project }: PreflightRequest,
): Promise<{ project: string }> {
  log.info(`${project}: nothing speaks against it`);
  return { project };
}
