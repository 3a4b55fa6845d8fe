import type { DatabaseAfter } from "../../host/failed-migration";
import type { NamedRelease } from "../../host/project-state";

/** How the database is not as before. */
const DATABASE: Record<DatabaseAfter, string> = {
  changed: "; its database is not as before: see above",
  unknown: "; whether its database is as before is not known: see above",
};

/** What serves after a deploy that failed, and whether that is, with its data, what served before. */
export function servingText(
  serves: NamedRelease | undefined,
  before: NamedRelease | undefined,
  database: DatabaseAfter | undefined,
): string {
  const serving = serves ? `${serves.version} (release ${serves.release})` : "nothing";
  const asBefore = serves?.release === before?.release ? ", as before" : "";
  return `Live: ${serving}${asBefore}${database ? DATABASE[database] : ""}`;
}
