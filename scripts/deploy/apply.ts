import { listenForInterrupts } from "../../engine/cli/interrupt";
import { Run, type RunFlags } from "../../engine/cli/run";
import type { EngineEvent } from "../../engine/events";
import type { Only } from "../../engine/index";
import { ContractError } from "../../host/contract-error";
import { chosenColor } from "../../terminal/palette";
import { HostAhead } from "../host/host-ahead";
import type { StackContext } from "./stack-context";

/** Exit code of the script contract (SC-03). */
const FAILED = 1;

export interface Applied {
  succeeded: boolean;
  canceled: boolean;
  /** Steps were cut off, because somebody wanted it to end at once. */
  terminated: boolean;
  /** The first error that a resource told; "" where none did. */
  error: string;
}

export interface ApplyOptions {
  /** Longest wait while somebody else works on the stack, in seconds. */
  waitSeconds: number;
  /** Whose changes are made. */
  only: Only;
  /** Aborted: it does not begin. Left out where it takes back what was interrupted. */
  stop?: AbortSignal;
  listener?(event: EngineEvent): void;
  /** A file, as of `up --event-log`. */
  eventLog?: string;
}

/** `up` of a part of the stack as it is configured, shown as `slipway up` shows it. */
export async function apply(context: StackContext, options: ApplyOptions): Promise<Applied> {
  let error = "";
  const hear = (event: EngineEvent) => {
    if (event.kind === "diagnostic" && event.severity === "error" && error === "") error = firstLine(event.message);
    options.listener?.(event);
  };
  const isOwn = !context.model.config.host && !context.engine.showsItself;
  using ahead = isOwn ? HostAhead.start(context.root) : undefined;
  using heard = listenForInterrupts(() => undefined);
  const { result, canceled, failure } = await context.whenUnlocked(options.waitSeconds, async () => {
    if (heard.stop.aborted || options.stop?.aborted) throw new ContractError("interrupted before it began", FAILED);
    const run = await openRun(context, options.eventLog);
    run.ahead = ahead;
    run.stop = heard.stop;
    return run.perform(hear, options.only);
  });
  return {
    succeeded: result === "succeeded",
    canceled,
    terminated: heard.terminate.aborted,
    error: error || (failure ?? ""),
  };
}

/** What an `up` would do; nothing is shown. Throws where that cannot be told. */
export async function plan(context: StackContext, waitSeconds: number): Promise<EngineEvent[]> {
  const events: EngineEvent[] = [];
  const { result, failure } = await context.whenUnlocked(waitSeconds, async () =>
    (await openRun(context)).plan((event) => events.push(event)),
  );
  if (result === "succeeded") return events;
  const told = events.find((event) => event.kind === "diagnostic" && event.severity === "error");
  const reason = told?.kind === "diagnostic" ? firstLine(told.message) : failure;
  throw new ContractError(`a preview of the stack failed: ${reason ?? "slipway preview tells more"}`, FAILED);
}

function openRun({ root, stack, engine, projectFile, json }: StackContext, eventLog?: string): Promise<Run> {
  const flags: RunFlags = {
    cwd: root,
    stack,
    color: chosenColor(process.argv.slice(2)),
    yes: true,
    skipPreview: true,
    toStderr: json,
    ...(eventLog && { eventLog }),
  };
  return Run.with(engine, projectFile, "update", flags, {});
}

function firstLine(text: string): string {
  return text.replace(/^error: /, "").split("\n")[0] ?? "";
}
