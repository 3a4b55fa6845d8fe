import type { LiveRelease } from "./record";

/** A release that serves, with whatever a test is about. */
export function liveRelease(release: string, changes: Partial<LiveRelease> = {}): LiveRelease {
  return {
    release,
    version: "1.0.0",
    containers: [],
    snapshot: { database: "none", containers: [], smokeTests: [], keyTables: [], promised: {}, variables: {} },
    images: {},
    routes: { upstreams: "", locations: "" },
    since: "2026-01-01T00:00:00Z",
    routesSha256: "",
    ...changes,
  };
}
