import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { CommandError, EXIT } from "../exit-code";
import type { Engine } from "../index";
import type { ProjectFile } from "../stack-file/project-file";

export type EngineKind = "embedded" | "official";

/** `SLIPWAY_ENGINE`, else Pulumi's own CLI where it is on the PATH, else the embedded engine. */
export function engineKind(environment: NodeJS.ProcessEnv): EngineKind {
  const wanted = environment.SLIPWAY_ENGINE;
  if (wanted === "embedded" || wanted === "official") return wanted;
  if (wanted) throw new CommandError(`SLIPWAY_ENGINE: "${wanted}"; allowed are embedded, official`, EXIT.usage);
  return pulumiOnPath(environment) ? "official" : "embedded";
}

export function pulumiOnPath(environment: NodeJS.ProcessEnv): string | undefined {
  const candidates = (environment.PATH ?? "")
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, "pulumi"));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });
}

/** The project of a folder. Throws `CommandError` in Pulumi's words when there is none. */
export async function openProject(cwd: string | undefined): Promise<ProjectFile> {
  const { findProjectFile, readProjectFile } = await import("../stack-file/project-file");
  const folder = resolve(cwd ?? ".");
  const file = await findProjectFile(folder);
  if (!file) {
    throw new CommandError(
      `no Pulumi.yaml project file found (searching upwards from ${folder})\nhint: run this in the folder of a project, or give one with --cwd`,
    );
  }
  return readProjectFile(file);
}

export async function openEngine(project: ProjectFile, environment = process.env): Promise<Engine> {
  if (engineKind(environment) === "official") {
    const { OfficialEngine } = await import("../official");
    return OfficialEngine.open(project, environment);
  }
  const [{ EmbeddedEngine }, { backendLocation }] = await Promise.all([
    import("../embedded"),
    import("../state/backend-url"),
  ]);
  return new EmbeddedEngine(project, await backendLocation(project, environment), environment);
}

/** `--stack`, else the selected one. Throws `CommandError` in Pulumi's words. */
export async function chosenStack(engine: Engine, option: string | undefined): Promise<string> {
  const stack = option ?? (await engine.selectedStack());
  if (stack) return engine.bareName(stack);
  throw new CommandError(
    "no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one",
    EXIT.failure,
  );
}
