import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { replaceFile } from "../state/atomic-file";
import { qualifiedName, type StackName } from "../state/stack-files";
import type { ProjectFile } from "./project-file";

/** Backend URL to qualified stack name; `stack` alone is what old CLIs wrote. */
interface WorkspaceFile {
  stacks?: Record<string, string>;
  stack?: string;
}

/** The stack that was selected for this project on this machine, where Pulumi's CLI keeps it too. */
export class Workspace {
  private readonly file: string;

  constructor(
    project: ProjectFile,
    private readonly backendUrl: string,
    environment: NodeJS.ProcessEnv = process.env,
  ) {
    const home = environment.PULUMI_HOME || join(homedir(), ".pulumi");
    const digest = createHash("sha1").update(project.file).digest("hex");
    this.file = join(home, "workspaces", `${project.name}-${digest}-workspace.json`);
  }

  async selected(): Promise<string | undefined> {
    const { stacks, stack } = await this.read();
    return stacks?.[this.backendUrl] || stack || undefined;
  }

  /** `undefined` unselects. */
  async select(name: StackName | undefined): Promise<void> {
    const content = await this.read();
    const { [this.backendUrl]: _, ...others } = content.stacks ?? {};
    const stacks = name ? { ...others, [this.backendUrl]: qualifiedName(name) } : others;
    await replaceFile(this.file, JSON.stringify({ stacks }, undefined, 4));
  }

  private async read(): Promise<WorkspaceFile> {
    try {
      return JSON.parse(await readFile(this.file, "utf8"));
    } catch {
      return {};
    }
  }
}
