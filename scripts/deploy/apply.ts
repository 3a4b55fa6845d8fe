import { Run, type RunFlags } from "../../engine/cli/run";
import { chosenColor } from "../../engine/display/palette";
import type { EngineEvent } from "../../engine/events";
import type { StackContext } from "./stack-context";

export interface Applied {
  succeeded: boolean;
  canceled: boolean;
  /** The first error that a resource told; "" where none did. */
  error: string;
}

/** `up` of the stack as it is configured, shown as `slipway up` shows it. `eventLog`: a file, as of `up --event-log`. */
export async function apply(
  context: StackContext,
  waitSeconds: number,
  listener?: (event: EngineEvent) => void,
  eventLog?: string,
): Promise<Applied> {
  let error = "";
  const hear = (event: EngineEvent) => {
    if (event.kind === "diagnostic" && event.severity === "error" && error === "") error = firstLine(event.message);
    listener?.(event);
  };
  const { result, canceled, failure } = await context.whenUnlocked(waitSeconds, async () =>
    (await openRun(context, eventLog)).perform(hear),
  );
  return { succeeded: result === "succeeded", canceled, error: error || (failure ?? "") };
}

/** What an `up` would do; nothing is shown. */
export async function plan(context: StackContext, waitSeconds: number): Promise<EngineEvent[]> {
  const events: EngineEvent[] = [];
  await context.whenUnlocked(waitSeconds, async () => (await openRun(context)).plan((event) => events.push(event)));
  return events;
}

function openRun({ root, stack, json }: StackContext, eventLog?: string): Promise<Run> {
  const flags: RunFlags = {
    cwd: root,
    stack,
    color: chosenColor(process.argv.slice(2)),
    yes: true,
    skipPreview: true,
    toStderr: json,
    ...(eventLog && { eventLog }),
  };
  return Run.prepare("update", flags, {});
}

function firstLine(text: string): string {
  return text.replace(/^error: /, "").split("\n")[0] ?? "";
}
