import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runLogged } from "./run-logged";
import { SetupError } from "./setup-error";

/** Seconds that apt waits for another apt to finish. */
const APT_LOCK_SECONDS = 300;

export function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** Whether this process may install Debian packages: root on Debian, Ubuntu or another that has apt. */
export function canInstallPackages(): boolean {
  return process.getuid?.() === 0 && isOnPath("apt-get");
}

/** Installs packages and what they need, without what they merely recommend. Those in `optional` where they exist. */
export async function installPackages(packages: string[], optional: string[], logFolder: string): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C.UTF-8" };
  await runLogged(["apt-get", "update"], join(logFolder, "apt-update.log"), { env });
  const known = await Promise.all(
    optional.map((name) =>
      runLogged(["apt-cache", "show", name], join(logFolder, "apt-cache.log")).then(
        () => [name],
        () => [],
      ),
    ),
  );
  await runLogged(
    [
      "apt-get",
      "install",
      "--yes",
      "--no-install-recommends",
      `--option=DPkg::Lock::Timeout=${APT_LOCK_SECONDS}`,
      ...packages,
      ...known.flat(),
    ],
    join(logFolder, "apt-install.log"),
    { env },
  );
}

/** Says what to type where this process may not install packages itself. */
export function missing(what: string, packages: string[]): SetupError {
  const sudo = process.getuid?.() === 0 ? "" : "sudo ";
  return isOnPath("apt-get")
    ? new SetupError(what, `type: ${sudo}apt-get install ${packages.join(" ")}`)
    : new SetupError(what, `install ${packages.join(", ")} with this system's package manager`);
}
