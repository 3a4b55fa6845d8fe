import { join } from "node:path";
import { SecretsBySalt } from "../../engine/secrets/stack-secrets";
import { readProjectFile } from "../../engine/stack-file/project-file";
import { LOCAL_STACK, StackStore } from "../../engine/stack-store";
import { backendLocation } from "../../engine/state/backend-url";
import { FileBackend } from "../../engine/state/file-backend";
import type { Progress } from "./progress";

/**
 * Makes stack `local` where there is none, as the embedded engine does in its first `up`: Pulumi's own CLI wants one
 * that is there. Where states are kept that only the CLI can reach, it says so.
 */
export async function makeLocalStack(root: string, progress: Progress, environment = process.env): Promise<void> {
  try {
    const project = await readProjectFile(join(root, "Pulumi.yaml"));
    const name = { project: project.name, stack: LOCAL_STACK };
    const backend = new FileBackend((await backendLocation(project, environment)).folder);
    if (await backend.exists(name)) return;
    await (await StackStore.open(name, project, backend, new SecretsBySalt(environment))).create();
  } catch (error) {
    progress.line(`whether stack local is there was not looked at: ${(error as Error).message}`);
  }
}
