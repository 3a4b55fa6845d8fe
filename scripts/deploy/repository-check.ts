import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Longest wait for the remote, in seconds. */
const FETCH_SECONDS = 10;

/** What git tells of a checkout. */
export interface RepositoryState {
  /** Tracked files with edits that are not committed, relative to the folder. */
  edited: string[];
  /** `origin/main`; nothing where the branch follows none. */
  upstream?: string;
  /** Commits that only the checkout has, and that only the remote has. */
  ahead: number;
  behind: number;
  /** Why the remote could not be asked. */
  unreachable?: string;
  /** Why git told nothing at all. */
  refused?: string;
}

/**
 * What speaks against a deploy from this checkout: that it is not what its remote has (MT-05). `stackFile` may be edited:
 * a deploy writes it.
 *
 * `note` is told where there is nothing to compare with.
 */
export async function repositoryFindings(
  folder: string,
  stackFile: string,
  note: (line: string) => void,
): Promise<string[]> {
  const state = await repositoryState(folder);
  if (!state) note("the checkout is not in git: nothing to compare it with");
  else if (state.upstream === undefined && state.refused === undefined)
    note("the branch follows none of a remote: nothing to compare it with");
  return state ? verdict(state, basename(stackFile)) : [];
}

export function verdict(
  { edited, upstream, ahead, behind, unreachable, refused }: RepositoryState,
  stackFile: string,
): string[] {
  const others = edited.filter((file) => file !== stackFile);
  return [
    ...(refused === undefined ? [] : [`git tells nothing about the checkout: ${refused}`]),
    ...(others.length > 0 ? [`edits that are not committed: ${others.join(", ")}; commit them, or git stash`] : []),
    ...(unreachable === undefined ? [] : [`${upstream} could not be asked: ${unreachable}`]),
    ...(ahead > 0 ? [`${upstream} lacks ${commits(ahead)} of this checkout; type git push`] : []),
    ...(behind > 0 ? [`this checkout lacks ${commits(behind)} of ${upstream}; type git pull --ff-only`] : []),
  ];
}

function commits(count: number): string {
  return count === 1 ? "one commit" : `${count} commits`;
}

async function repositoryState(folder: string): Promise<RepositoryState | undefined> {
  const asked = await git(folder, ["rev-parse", "--is-inside-work-tree"]);
  if (!asked.succeeded) {
    const [refused = ""] = asked.output.replace(/^fatal: /, "").split("\n");
    return isInGit(folder) ? { edited: [], ahead: 0, behind: 0, refused } : undefined;
  }
  const status = await git(folder, ["status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames", "."]);
  const prefix = (await git(folder, ["rev-parse", "--show-prefix"])).output.trim();
  const edited = status.output
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => entry.slice("XY ".length))
    .map((path) => (path.startsWith(prefix) ? path.slice(prefix.length) : path));
  const upstream = await git(folder, ["rev-parse", "--abbrev-ref", "--symbolic-full-name", "@{upstream}"]);
  if (!upstream.succeeded) return { edited, ahead: 0, behind: 0 };
  const remote = upstream.output.trim().split("/")[0] as string;
  const fetched = await git(folder, ["fetch", "--quiet", remote], {
    GIT_SSH_COMMAND: `${await sshCommand(folder)} -o BatchMode=yes`,
  });
  const counted = await git(folder, ["rev-list", "--left-right", "--count", "HEAD...@{upstream}"]);
  const [ahead = 0, behind = 0] = counted.output.trim().split(/\s+/).map(Number);
  return {
    edited,
    upstream: upstream.output.trim(),
    ahead,
    behind,
    ...(!fetched.succeeded && { unreachable: fetched.output.trim().split("\n").at(-1) as string }),
  };
}

/** By its files: git itself may not be there, or refuse a checkout that somebody else owns. */
function isInGit(folder: string): boolean {
  if (existsSync(join(folder, ".git"))) return true;
  return dirname(folder) !== folder && isInGit(dirname(folder));
}

/** How git reaches a remote, with what it is told of keys and the way there. */
async function sshCommand(folder: string): Promise<string> {
  if (process.env.GIT_SSH_COMMAND) return process.env.GIT_SSH_COMMAND;
  const { succeeded, output } = await git(folder, ["config", "core.sshCommand"]);
  return succeeded ? output.trim() : "ssh";
}

/** Never asks for a password: nobody might be there to give one. */
function git(
  folder: string,
  args: string[],
  more: NodeJS.ProcessEnv = {},
): Promise<{ succeeded: boolean; output: string }> {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C", ...more };
  return new Promise((done) => {
    execFile(
      "git",
      args,
      { cwd: folder, env, timeout: FETCH_SECONDS * 1000, killSignal: "SIGKILL" },
      (error, stdout, stderr) => {
        if (!error) return done({ succeeded: true, output: stdout });
        const late = error.killed ? `no answer within ${FETCH_SECONDS} s` : stderr || error.message;
        done({ succeeded: false, output: late });
      },
    );
  });
}
