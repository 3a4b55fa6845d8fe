import { readFile } from "node:fs/promises";
import type { ReleaseConfig } from "../../config/stack-config";
import { snapshotKeys } from "../../config/stack-file";
import type { ConfigKey } from "../../engine/stack-file/config-key";
import { type ConfigNode, replaceStackFile, StackFile } from "../../engine/stack-file/stack-file";

export interface ReleaseEntries {
  live?: ReleaseConfig;
  standby?: ReleaseConfig;
  /** A restore that goes with the live one; its nonce is remembered by the host. */
  restore?: { backup: string; nonce: string };
}

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
    private readonly before: ConfigNode | undefined,
  ) {}

  static async open(file: string, project: string): Promise<ReleaseEntry> {
    const original = await readFile(file, "utf8");
    const releases = (await StackFile.read(file)).entries().get("slipway:releases");
    const before = (releases as Record<string, ConfigNode> | undefined)?.[project];
    return new ReleaseEntry(file, project, original, before);
  }

  async write(releases: ReleaseEntries): Promise<void> {
    await this.put(entryOf(releases) as ConfigNode);
    this.written = await readFile(this.file, "utf8");
  }

  async restore(): Promise<void> {
    const now = await readFile(this.file, "utf8");
    if (now === this.original) return;
    if (now === this.written) await replaceStackFile(this.file, this.original);
    else await this.put(this.before);
  }

  private async put(value: ConfigNode | undefined): Promise<void> {
    const stackFile = await StackFile.read(this.file);
    const key: ConfigKey = { namespace: "slipway", name: "releases", path: [this.project] };
    if (value === undefined) stackFile.remove(key);
    else stackFile.setNode(key, value);
    await stackFile.save();
  }
}

function entryOf({ live, standby, restore }: ReleaseEntries) {
  return {
    ...(restore && { restore }),
    ...(live && { live: keysOf(live) }),
    ...(standby && { standby: keysOf(standby) }),
  };
}

function keysOf({ snapshot, ...release }: ReleaseConfig) {
  return { ...release, ...(snapshot && { snapshot: snapshotKeys(snapshot) }) };
}
