import { execFile } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import type { Progress } from "./progress";

/** In the checkout; git takes it from the top of whichever worktree a commit is made in. */
const HOOKS = "scripts/git-hooks";

/**
 * Has git refuse commits that hold secrets, in this checkout alone. Hooks that somebody has chosen stay as they are:
 * then it says how they can call this one.
 */
export async function turnOnHooks(root: string, progress: Progress): Promise<void> {
  if (!existsSync(join(root, HOOKS))) return;
  /** Nothing where it fails, as where there is no git, or a setting is unset. */
  const git = (...args: string[]) =>
    promisify(execFile)("git", args, { cwd: root }).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    );
  const top = await git("rev-parse", "--show-toplevel");
  if (!top) return;
  const chosen = await git("config", "core.hooksPath");
  if (chosen === HOOKS) return;
  const isOwn = realpathSync(top) === realpathSync(root);
  const hooks = resolve(root, (await git("rev-parse", "--git-path", "hooks")) ?? "");
  const isFree = isOwn && chosen === undefined && !hasHooks(hooks);
  if (isFree && (await git("config", "--local", "core.hooksPath", HOOKS)) !== undefined) {
    progress.line("git: a commit that holds a secret is refused from now on (core.hooksPath)");
    return;
  }
  const hook = join(relative(realpathSync(top), realpathSync(root)), HOOKS, "pre-commit");
  progress.line(`git: your hooks are left as they are; to refuse secrets, call ${hook} from your pre-commit`);
}

/** Other than the examples that git puts there. */
function hasHooks(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => !name.endsWith(".sample"));
}
