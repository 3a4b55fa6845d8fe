import type { Layout } from "../layout";
import type { Log } from "../log";
import type { PreDeployBackupRequest } from "../requests";

export async function preDeployBackup(
  _layout: Layout,
  log: Log,
  { project }: PreDeployBackupRequest,
): Promise<{ project: string }> {
  log.info(`${project}: no backup`);
  return { project };
}
