import { execFileSync } from "node:child_process";
import { constants, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";

/** A step of a deployment as its event log tells, in words that are the same for every release. */
export interface Boundary {
  /** Before the step began, or after it ended. */
  when: "before" | "after";
  op: string;
  /** Type and name; a release's hash is `R`. */
  resource: string;
}

/** What the engine does without doing anything. */
const QUIET = new Set(["same", "read"]);

/**
 * Where a run writes its event log (`--event-log`): a pipe, so that a test hears of a step at once.
 * Every `resourcePre` and `resOutputs` that changes something is a boundary.
 */
export class EventStream implements Disposable {
  readonly file: string;
  private readonly socket: Socket;
  private rest = "";

  constructor(folder: string, onBoundary: (boundary: Boundary) => void) {
    this.file = join(folder, `events-${process.hrtime.bigint()}`);
    execFileSync("mkfifo", [this.file]);
    // Open for writing, too: it then never ends while one run's commands come and go.
    this.socket = new Socket({ fd: openSync(this.file, constants.O_RDWR | constants.O_NONBLOCK) });
    this.socket.setEncoding("utf8").on("data", (text) => {
      const lines = `${this.rest}${text}`.split("\n");
      this.rest = lines.pop() as string;
      for (const line of lines) {
        const boundary = boundaryOf(JSON.parse(line));
        if (boundary) onBoundary(boundary);
      }
    });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
    rmSync(this.file, { force: true });
  }
}

interface LoggedEvent {
  resourcePreEvent?: LoggedStep;
  resOutputsEvent?: LoggedStep;
}

interface LoggedStep {
  metadata: { op: string; urn: string; type: string };
}

function boundaryOf({ resourcePreEvent, resOutputsEvent }: LoggedEvent): Boundary | undefined {
  const step = resourcePreEvent ?? resOutputsEvent;
  if (!step || QUIET.has(step.metadata.op)) return undefined;
  const { op, urn, type } = step.metadata;
  const name = (urn.split("::").at(-1) as string).replace(/-[0-9a-f]{10}$/, "-R");
  return { when: resourcePreEvent ? "before" : "after", op, resource: `${type} ${name}` };
}

export function boundaryText({ when, op, resource }: Boundary): string {
  return `${when} ${op} of ${resource}`;
}
