import { readFile } from "node:fs/promises";
import type { Node } from "yaml";
import type { ProjectReleases, ReleaseConfig } from "../../config/stack-config";
import { snapshotKeys } from "../../config/stack-file";
import type { ConfigKey } from "../../engine/stack-file/config-key";
import { type ConfigNode, replaceStackFile, StackFile } from "../../engine/stack-file/stack-file";

/**
 * A project's releases in the stack's file. What `write` changed `restore` takes back: to the byte, where nobody edited
 * the file meanwhile, else only these keys.
 */
export class ReleaseEntry {
  private written?: string;

  private constructor(
    private readonly file: string,
    private readonly project: string,
    private readonly original: string,
    private readonly before: Node | undefined,
  ) {}

  static async open(file: string, project: string): Promise<ReleaseEntry> {
    const original = await readFile(file, "utf8");
    const before = (await StackFile.read(file)).node(keyOf(project));
    return new ReleaseEntry(file, project, original, before);
  }

  async write(releases: ProjectReleases): Promise<void> {
    await this.edit((stackFile, key) => stackFile.setNode(key, entryOf(releases) as ConfigNode));
    this.written = await readFile(this.file, "utf8");
  }

  async restore(): Promise<void> {
    const now = await readFile(this.file, "utf8");
    if (now === this.original) return;
    if (now === this.written) return replaceStackFile(this.file, this.original);
    const { before } = this;
    await this.edit((stackFile, key) => (before ? stackFile.putNode(key, before) : stackFile.remove(key)));
  }

  private async edit(change: (stackFile: StackFile, key: ConfigKey) => unknown): Promise<void> {
    const stackFile = await StackFile.read(this.file);
    change(stackFile, keyOf(this.project));
    await stackFile.save();
  }
}

function keyOf(project: string): ConfigKey {
  return { namespace: "slipway", name: "releases", path: [project] };
}

function entryOf({ live, standby, restore, fallback }: ProjectReleases) {
  return {
    ...(restore && { restore }),
    ...(live && { live: keysOf(live) }),
    ...(standby && { standby: keysOf(standby) }),
    ...(fallback && { fallback }),
  };
}

function keysOf({ snapshot, ...release }: ReleaseConfig) {
  return { ...release, ...(snapshot && { snapshot: snapshotKeys(snapshot) }) };
}
