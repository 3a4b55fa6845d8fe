import { CommandError, EXIT } from "../exit-code";
import type { RunKind } from "../index";
import type { ProjectFile } from "../stack-file/project-file";
import type { StartedAhead } from "../started-ahead";
import { Run, type RunFlags } from "./run";

/** What a program that has this engine does for its `up`. */
export interface UpdateHooks {
  /** Of stack `local`, before anything else: makes ready what the machine lacks. */
  makeReady(project: ProjectFile): Promise<void>;
  /** Starts processes for the update's commands, where it is known which are coming. */
  startAhead(project: ProjectFile, stack: string): Promise<(StartedAhead & Disposable) | undefined>;
}

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
  hooks?: UpdateHooks,
): Promise<number> {
  const run = await Run.prepare(kind, flags, given);
  if (flags.previewOnly) return run.end(await run.preview());
  if (run.isLocal && hooks) {
    await run.whileWarmingUp(() => hooks.makeReady(run.project));
  } else {
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
  }
  using ahead =
    hooks && run.takesAhead ? await run.whileWarmingUp(() => hooks.startAhead(run.project, run.stack)) : undefined;
  run.ahead = ahead;
  return run.end(await run.perform());
}
