import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import type Docker from "dockerode";
import { docker } from "../../host/docker";
import { inTime } from "../../host/in-time";
import { canInstallPackages, finishInstallations, installPackages, isHalfInstalled, missing } from "./debian-packages";
import { throwIfStopped } from "./interruption";
import { ADMIN_FOLDERS, adminPath, isOnPath } from "./program-path";
import type { Progress } from "./progress";
import { runLogged } from "./run-logged";
import { SetupError } from "./setup-error";

/** Debian's package of the engine. */
const PACKAGE = "docker.io";
/** Longest wait for an engine that was started to answer. */
const START_SECONDS = 60;
/** Longest wait for an answer of an engine that should be running. */
const PING_SECONDS = 10;

/** Why the engine does not answer; `undefined` when it does. */
export async function engineProblem(engine: Docker = docker()): Promise<NodeJS.ErrnoException | undefined> {
  const asked = engine.ping().then(
    () => undefined,
    (error) => error,
  );
  return inTime(asked, PING_SECONDS, () => new Error(`no answer within ${PING_SECONDS} s`));
}

/** Makes sure that a Docker engine runs: installs and starts one where this process may. Throws `SetupError`. */
export async function ensureEngine(
  progress: Progress,
  logFolder: string,
  engine = docker(),
  adminFolders = ADMIN_FOLDERS,
): Promise<void> {
  const problem = await engineProblem(engine);
  if (!problem) {
    if (await isDesktop(engine)) throw unsuited("the engine that answers here is Docker Desktop");
    return;
  }
  if (process.env.DOCKER_HOST) {
    throw new SetupError(
      `the Docker engine at DOCKER_HOST=${process.env.DOCKER_HOST} does not answer (${problem.message})`,
      "start it, or unset DOCKER_HOST to use the one of this machine",
    );
  }
  if (problem.code === "EACCES") {
    throw new SetupError(
      `this user may not use Docker (${problem.message})`,
      "type: sudo usermod -aG docker $USER, then log in again",
    );
  }
  if (process.platform !== "linux") throw unsuited(`no Docker engine answers here (this is ${process.platform})`);
  const isCutOff = canInstallPackages() && (await isHalfInstalled(PACKAGE));
  if (isCutOff || !isOnPath("dockerd", adminFolders)) {
    if (!canInstallPackages()) throw missing("there is no Docker engine on this machine", [PACKAGE]);
    await progress.step("Docker", "installing", async () => {
      if (isCutOff) await finishInstallations(progress, logFolder);
      await installPackages([PACKAGE, "iptables", "procps"], ["docker-cli"], progress, logFolder);
    });
    if (!(await engineProblem(engine))) return; // Its package started it.
  }
  const withSystemd = existsSync("/run/systemd/system");
  if (process.getuid?.() !== 0) {
    throw new SetupError(
      "Docker is installed but not running",
      `type: sudo ${withSystemd ? "systemctl start docker" : "dockerd"}`,
    );
  }
  await progress.step("Docker", "starting", () => startEngine(withSystemd, logFolder, engine));
}

/** It has its containers in a virtual machine of its own. */
async function isDesktop(engine: Docker): Promise<boolean> {
  const { OperatingSystem } = (await engine.info()) as { OperatingSystem?: string };
  return OperatingSystem?.startsWith("Docker Desktop") === true;
}

/** Health checks go to the containers' own addresses, which this machine has to reach. */
function unsuited(reason: string): SetupError {
  return new SetupError(
    `${reason}; needed is one whose containers have addresses on this machine, as Linux' own has`,
    "run it on a virtual machine or a droplet with Debian or Ubuntu",
  );
}

async function startEngine(withSystemd: boolean, logFolder: string, engine: Docker): Promise<void> {
  const log = join(logFolder, "dockerd.log");
  if (withSystemd) await runLogged(["systemctl", "start", "docker"], log);
  else startDaemon(log);

  const deadline = Date.now() + START_SECONDS * 1000;
  while (await engineProblem(engine)) {
    throwIfStopped();
    if (Date.now() > deadline) {
      throw new SetupError(
        `Docker was started and does not answer after ${START_SECONDS} s`,
        `why is in ${withSystemd ? "the output of: journalctl -u docker" : log}`,
      );
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Without systemd (in a container, say) the engine is a process of its own that outlives this one. */
function startDaemon(logFile: string): void {
  mkdirSync(join(logFile, ".."), { recursive: true });
  const output = openSync(logFile, "a");
  const env = { ...process.env, PATH: adminPath() };
  spawn("dockerd", [], { detached: true, env, stdio: ["ignore", output, output] }).unref();
}
