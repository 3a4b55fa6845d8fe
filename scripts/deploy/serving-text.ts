import type { DatabaseAfter } from "../../host/failed-migration";
import type { NamedRelease } from "../../host/project-state";

/** How the database is not as before. */
const DATABASE: Record<DatabaseAfter, string> = {
  changed: "; its database is not as before: see above",
  unknown: "; whether its database is as before is not known: see above",
};

/** A deploy that failed; `before` and `failed` are releases. */
interface Failed {
  before: string | undefined;
  failed: string;
  database: DatabaseAfter | undefined;
}

/** What serves after a deploy that failed, and whether that is, with its data, what served before. */
export function servingText(serves: NamedRelease | undefined, { before, failed, database }: Failed): string {
  const serving = serves ? `${serves.version} (release ${serves.release})` : "nothing";
  return `Live: ${serving}${comparedWith(serves?.release, before, failed)}${database ? DATABASE[database] : ""}`;
}

function comparedWith(serves: string | undefined, before: string | undefined, failed: string): string {
  if (serves === before) return ", as before";
  return serves === failed ? ", which keeps the traffic" : "";
}
