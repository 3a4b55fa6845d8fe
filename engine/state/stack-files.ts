import { join } from "node:path";

/** The one organization of a file backend; upstream spells it out in names and in lock folders. */
export const ORGANIZATION = "organization";

/** A stack as `--stack` and the workspace file name it: `organization/<project>/<stack>`. */
export interface StackName {
  project: string;
  stack: string;
}

export function qualifiedName({ project, stack }: StackName): string {
  return `${ORGANIZATION}/${project}/${stack}`;
}

/** Where the file backend keeps what belongs to one stack; the layout is Pulumi's (`meta.yaml` version 1). */
export class StackFiles {
  /** @param root The `.pulumi` folder. */
  constructor(
    readonly root: string,
    readonly name: StackName,
  ) {}

  get checkpoint(): string {
    return join(this.root, "stacks", this.name.project, `${this.name.stack}.json`);
  }

  /** The generation before the last write. */
  get previous(): string {
    return `${this.checkpoint}.bak`;
  }

  /** What was found in place of a checkpoint and could not be read: kept for people, read by nobody. */
  get damaged(): string {
    return `${this.checkpoint}.damaged`;
  }

  /** The same as `checkpoint`, written by a Pulumi CLI that was told to compress. */
  get compressed(): string {
    return `${this.checkpoint}.gz`;
  }

  get tags(): string {
    return join(this.root, "stacks", this.name.project, `${this.name.stack}.pulumi-tags`);
  }

  get historyFolder(): string {
    return join(this.root, "history", this.name.project, this.name.stack);
  }

  get backupsFolder(): string {
    return join(this.root, "backups", this.name.project, this.name.stack);
  }

  get lockFolder(): string {
    return join(this.root, "locks", ORGANIZATION, this.name.project, this.name.stack);
  }
}
