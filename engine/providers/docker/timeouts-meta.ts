/** The key under which Pulumi's plugin keeps the timeouts of a resource, here its default of 20 minutes each. */
const TIMEOUTS_KEY = "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0";
const TWENTY_MINUTES = 1_200_000_000_000;

/** What Pulumi's plugin notes of a resource for itself: with it, it reads this engine's state as its own. */
export function timeoutsMeta(schemaVersion?: string): string {
  const timeouts = { create: TWENTY_MINUTES, delete: TWENTY_MINUTES, update: TWENTY_MINUTES };
  return JSON.stringify({ [TIMEOUTS_KEY]: timeouts, ...(schemaVersion && { schema_version: schemaVersion }) });
}
