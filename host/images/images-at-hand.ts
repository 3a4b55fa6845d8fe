import { ContractError } from "../contract-error";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { restoreImage } from "./backup-images";
import { readLedger } from "./image-ledger";
import { missingImage } from "./missing-image";

/** Exit code of the script contract (SC-04). */
const VERSION_NOT_FOUND = 2;

/**
 * Makes sure that the images of a release to go back to can be had: from this host, from their registry, or by the own
 * tag of a backup, which then counts directly (OV-10). Returns the ids of the last, by container. Throws `ContractError` 2
 * where one is gone altogether: said before anything is touched.
 */
export async function imagesAtHand(
  layout: Layout,
  log: Log,
  project: string,
  images: Record<string, string>,
): Promise<Record<string, string>> {
  const { backups } = await readLedger(layout, project);
  const missing: string[] = [];
  const ids: Record<string, string> = {};
  const look = async ([container, reference]: [string, string]) => {
    const tagged = backups.filter((image) => image.reference === reference).toReversed();
    const found = tagged.length > 0 ? await restoreImage(log, reference, tagged) : undefined;
    if (found !== undefined && found !== reference) ids[container] = found;
    if (found !== undefined) return;
    const reason = await missingImage(reference);
    if (reason === undefined) return;
    missing.push(`the image of container ${container} is neither on this host nor in its registry (${reason})`);
  };
  await Promise.all(Object.entries(images).map(look));
  if (missing.length === 0) return ids;
  throw new ContractError(
    `${project}: ${missing.join("; ")}; nothing was changed. What else there is: slipway deployment-status ${project} --rollback`,
    VERSION_NOT_FOUND,
  );
}
