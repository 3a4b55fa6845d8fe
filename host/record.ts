import { join } from "node:path";
import type { RecordedRelease } from "../config/stack-config";
import { sha256 } from "./file-epoch";
import type { Layout } from "./layout";
import type { ProjectDescription, ReleaseContainer } from "./requests";
import type { SchemaRecord } from "./schema";
import { readState, writeState } from "./state-file";

/** What a host knows of a project: which release its traffic goes to, and what was begun and not finished. */
export interface ProjectRecord {
  /** Raised whenever traffic moved; see `epochOf`. */
  serial: number;
  live?: LiveRelease;
  /** Written before workers or the gateway are touched, removed when the switch is confirmed or taken back. */
  switching?: Switching;
  /** Workers of the gateway that still run with the configuration before the last switch. */
  drainingWorkers: number[];
  schema?: SchemaRecord;
  /**
   * Of the last change of the data that is made for good, by a switch or by a migration that came to its end: the same id
   * as in its journal.
   */
  dataChange?: string;
  /** When its database was deleted with the project, RFC 3339: what backups have from before is missed by nobody. */
  dataDeletedAt?: string;
  /** The release that served before the live one, while its containers still run. */
  standby?: LiveRelease;
  /**
   * Traffic was moved on this host alone, away from the release that the configuration calls live: `up` says so and
   * leaves it, until the configuration names another release. While the rollout of another is not concluded it is of a
   * time before that, and `to` is not what serves: a failure leads back to it.
   */
  held?: Held;
  /** Traffic came to the live release by the way forward from a hold, which leaves none; gone with the next switch. */
  forward?: Forward;
  /** The way back from the release that served then has failed. */
  degraded?: Degraded;
}

export interface Switching {
  to: string;
  from?: string;
  /** RFC 3339. */
  at: string;
  /** Of the release that it goes to: they may work already. */
  workers?: ReleaseContainer[];
}

export interface Degraded {
  /** The release that served. */
  release: string;
  /** What failed, what serves and what to run next, for people. */
  text: string;
  /** RFC 3339. */
  at: string;
}

export interface Held {
  /** The release that the configuration calls live. */
  from: string;
  to: string;
  reason: "operator" | "watch";
  /** Whose database came with it, if any. */
  backup?: string;
  /** What happened, for people. */
  text: string;
  /** RFC 3339. */
  at: string;
}

/** By which the same command, typed again, knows that it has moved the traffic. */
export interface Forward {
  to: string;
  /** Whose database came with it, if any. */
  backup?: string;
}

type HeldRecord = ProjectRecord & Required<Pick<ProjectRecord, "held" | "live">>;

/** A release with all that is needed to send traffic to it, and to name it in a stack's file again. */
export interface LiveRelease extends RecordedRelease {
  release: string;
  containers: ReleaseContainer[];
  /** The two files that route to it. */
  routes: { upstreams: string; locations: string };
  /** A host name of the project; none without domains. */
  host?: string;
  /** RFC 3339. */
  since: string;
  /** Of the two files that route to it, to notice an edit by hand. */
  routesSha256: string;
}

const EMPTY: ProjectRecord = { serial: 0, drainingWorkers: [] };

export async function readRecord(layout: Layout, project: string): Promise<ProjectRecord> {
  return { ...EMPTY, ...(await readState<ProjectRecord>(layout, recordPath(layout, project))) };
}

/** Whether traffic goes to a release. */
export async function isLive(layout: Layout, project: string, release: string): Promise<boolean> {
  return (await readRecord(layout, project)).live?.release === release;
}

export async function writeRecord(layout: Layout, project: string, record: ProjectRecord): Promise<void> {
  await writeState(recordPath(layout, project), record);
}

function recordPath(layout: Layout, project: string): string {
  return join(layout.project(project), "record.json");
}

export function routesSha256(routes: { upstreams: string; locations: string }): string {
  return sha256(`${routes.upstreams}\0${routes.locations}`);
}

/**
 * The number that, together with the release, triggers a rollout. It equals the recorded serial only where the
 * host has settled on this very release. Everywhere else it is the next one: after a run that was killed between the
 * switch and its end, after traffic moved without the engine knowing, after an edit of the routes by hand. A settled
 * rollout writes its epoch back as the serial, so a run without changes computes the same triggers again.
 *
 * Traffic that was moved away from this release on the host alone, by an operator or by the watch, is left where it
 * is: the number stays until the configuration names another release, or the hold is taken away.
 */
export function epochOf(record: ProjectRecord, release: string, found: Found): number {
  if (isHeldAway(record, release)) return record.serial;
  const settled =
    !record.switching && record.live?.release === release && found.routesAreAsWritten && !found.watchWasCutOff;
  return settled ? record.serial : record.serial + 1;
}

/**
 * Whether traffic was taken from a release, and stays on another until somebody says otherwise. Not while a third release
 * serves: nobody would get it away from there, where the deploy that brought it was cut off.
 */
export function isHeldAway(record: ProjectRecord, release: string): record is HeldRecord {
  return record.live !== undefined && heldThere(record)?.from === release && !record.switching;
}

/** Why traffic is where it is, where it was moved there on the host alone. */
export function heldThere({ held, live }: { held?: Held; live?: { release: string } }): Held | undefined {
  return held?.to === live?.release ? held : undefined;
}

/**
 * What is left of a hold when traffic goes to a release, until that is concluded: where it fails, nobody has asked for
 * the release that traffic was taken from before.
 */
export function keptHold({ held }: ProjectRecord, release: string): Held | undefined {
  return held?.from === release ? undefined : held;
}

/** A release that goes live again, at the domain that its project has today. */
export function withHostOf({ domains: [host] }: ProjectDescription, release: LiveRelease): LiveRelease {
  const { host: _, ...rest } = release;
  return { ...rest, ...(host !== undefined && { host }) };
}

/** What the host finds beside the record. */
export interface Found {
  routesAreAsWritten: boolean;
  /** The watch over the live release is not over, and nobody goes on with it. */
  watchWasCutOff: boolean;
}
