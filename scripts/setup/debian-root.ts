import { join } from "node:path";
import type Docker from "dockerode";
import { canInstallPackages, installPackages, missing } from "./debian-packages";
import { engineMessages } from "./engine-answer";
import { mayHubAnswer, pull } from "./image-hub";
import { throwIfStopped, unlessStopped } from "./interruption";
import { isOnPath } from "./program-path";
import type { Progress } from "./progress";
import { withoutCredentials } from "./proxy";
import type { DebianRecipe } from "./recipes";
import { CommandError, runLogged } from "./run-logged";

/** What a container never reads. */
const LEFT_OUT = ["doc", "man", "info", "locale"];
const BOOTSTRAP_PACKAGES = ["mmdebstrap", "debian-archive-keyring"];

/** Makes the root file system and returns its image id: the hub's where one is reachable, else from packages. */
export async function makeDebianRoot(
  engine: Docker,
  recipe: DebianRecipe,
  progress: Progress,
  logFolder: string,
): Promise<string> {
  if (await mayHubAnswer(process.env)) {
    const image = await unlessStopped(pull(engine, recipe.hubImage)).catch((error: Error) => {
      throwIfStopped();
      const why = withoutCredentials(error.message, process.env);
      progress.line(`${recipe.hubImage}: ${why}; making it from Debian packages instead`);
    });
    if (image) return image;
  }
  await ensureBootstrap(progress, logFolder);
  const log = join(logFolder, `${recipe.name}.log`);
  try {
    return await bootstrap(engine, recipe, [], log);
  } catch (error) {
    if (!(error instanceof CommandError && /is expired|Valid-Until/.test(error.output))) throw error;
    // A mirror that was not renewed; what it serves is still checked against Debian's signature.
    progress.line(`Debian ${recipe.suite}: the mirror's index is past its date; used all the same`);
    return await bootstrap(engine, recipe, ['Acquire::Check-Valid-Until "false"'], log);
  }
}

let bootstrapping: Promise<void> | undefined;

function ensureBootstrap(progress: Progress, logFolder: string): Promise<void> {
  bootstrapping ??= installBootstrap(progress, logFolder);
  return bootstrapping;
}

async function installBootstrap(progress: Progress, logFolder: string): Promise<void> {
  if (isOnPath("mmdebstrap")) return;
  if (!canInstallPackages()) {
    throw missing(
      "no image hub is reachable, and mmdebstrap, which makes images without one, is missing",
      BOOTSTRAP_PACKAGES,
    );
  }
  await progress.step("mmdebstrap", "installing", () => installPackages(BOOTSTRAP_PACKAGES, [], progress, logFolder));
}

async function bootstrap(engine: Docker, recipe: DebianRecipe, aptOptions: string[], log: string): Promise<string> {
  const command = [
    "mmdebstrap",
    "--variant=minbase",
    "--format=tar",
    ...(recipe.include.length > 0 ? [`--include=${recipe.include.join(",")}`] : []),
    ...LEFT_OUT.map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
    ...['APT::Install-Recommends "false"', ...aptOptions].map((option) => `--aptopt=${option}`),
    recipe.suite,
    "-",
  ];
  let image = "";
  try {
    await runLogged(command, log, {
      env: { TMPDIR: "/var/tmp" },
      onStdout: async (data) => {
        image = await importImage(engine, data);
      },
    });
  } catch (error) {
    // The engine takes what came before the failure, even nothing, for an image.
    if (image) await engine.getImage(image).remove();
    throw error;
  }
  return image;
}

async function importImage(engine: Docker, data: NodeJS.ReadableStream): Promise<string> {
  let id = "";
  for await (const { status } of engineMessages((await engine.importImage(data)) as NodeJS.ReadableStream)) {
    if (status?.startsWith("sha256:")) id = status;
  }
  return id;
}
