import { CommandError, EXIT } from "../exit-code";
import type { RunKind } from "../index";
import type { ProjectFile } from "../stack-file/project-file";
import type { StartedAhead } from "../started-ahead";
import { Run, type RunFlags } from "./run";

/**
 * Called before an `up` of stack `local`, to make ready what the machine lacks. Resolves with processes that it has
 * started for the update, where there are any.
 */
export type PrepareLocal = (project: ProjectFile) => Promise<(StartedAhead & Disposable) | undefined>;

/** `preview`, and the previews that come before the other commands. */
export async function previewCommand(flags: RunFlags, given: Record<string, string>): Promise<number> {
  const run = await Run.prepare("update", flags, given);
  return run.end(await run.preview());
}

/** `up`, `refresh`, `destroy`: a preview and a question first, unless told otherwise. */
export async function runCommand(
  kind: RunKind,
  flags: RunFlags,
  given: Record<string, string>,
  prepareLocal?: PrepareLocal,
): Promise<number> {
  const run = await Run.prepare(kind, flags, given);
  if (flags.previewOnly) return run.end(await run.preview());
  if (run.isLocal && kind === "update") {
    using ahead = await run.whileWarmingUp(async () => prepareLocal?.(run.project));
    run.ahead = ahead;
    return run.end(await run.perform());
  }
  if (!flags.yes && !flags.skipPreview && !run.interactive) {
    throw new CommandError(
      "--yes or --skip-preview or --preview-only must be passed in to proceed when running in non-interactive mode",
      kind === "refresh" ? EXIT.failure : EXIT.usage,
    );
  }
  if (!flags.skipPreview) {
    const preview = await run.preview();
    if (preview.result === "failed") return run.end(preview);
  }
  if (!flags.yes && run.interactive && !(await run.isConfirmed())) return EXIT.canceled;
  return run.end(await run.perform());
}
