import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { APT_LOCK_SECONDS, whenUnlocked } from "./apt-lock";
import { adminPath, isOnPath } from "./program-path";
import type { Progress } from "./progress";
import { CommandError, runLogged } from "./run-logged";
import { SetupError } from "./setup-error";

const run = promisify(execFile);

/** No questions, and messages in English. */
function aptEnv(): NodeJS.ProcessEnv {
  return { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8", PATH: adminPath() };
}

/** Whether this process may install Debian packages: root on Debian, Ubuntu or another that has apt. */
export function canInstallPackages(): boolean {
  return process.getuid?.() === 0 && isOnPath("apt-get");
}

/** Whether the installation of a package was begun and not finished, as after a loss of power. */
export async function isHalfInstalled(name: string): Promise<boolean> {
  const { stdout } = await run("dpkg-query", ["-W", "-f", `\${Status}`, name]).catch(() => ({ stdout: "" }));
  const state = stdout.split(" ").at(-1) ?? "";
  return !["", "installed", "config-files", "not-installed"].includes(state);
}

/** Finishes what dpkg began. What it cannot finish without other packages is left to apt, which says so if it fails. */
export async function finishInstallations(progress: Progress, logFolder: string): Promise<void> {
  const configure = () =>
    runLogged(["dpkg", "--configure", "-a"], join(logFolder, "dpkg-configure.log"), { env: aptEnv() });
  await whenUnlocked(configure, progress).catch((error) => {
    if (!(error instanceof CommandError)) throw error;
  });
}

/** Installs packages and what they need, without what they merely recommend. Those in `optional` where they exist. */
export async function installPackages(
  packages: string[],
  optional: string[],
  progress: Progress,
  logFolder: string,
): Promise<void> {
  const apt = (args: string[], log: string) =>
    whenUnlocked(() => runLogged(["apt-get", ...args], join(logFolder, log), { env: aptEnv() }), progress);
  await apt(["update"], "apt-update.log");
  const known = await Promise.all(
    optional.map((name) =>
      runLogged(["apt-cache", "show", name], join(logFolder, "apt-cache.log")).then(
        () => [name],
        () => [],
      ),
    ),
  );
  const install = [
    "install",
    "--yes",
    "--no-install-recommends",
    `--option=DPkg::Lock::Timeout=${APT_LOCK_SECONDS}`,
    ...packages,
    ...known.flat(),
  ];
  await apt(install, "apt-install.log");
}

/** Says what to type where this process may not install packages itself. */
export function missing(what: string, packages: string[]): SetupError {
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  return isOnPath("apt-get")
    ? new SetupError(what, `type: ${sudo}apt-get install ${packages.join(" ")}`)
    : new SetupError(what, `install ${packages.join(", ")} with this system's package manager`);
}
