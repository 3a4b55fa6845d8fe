import { access, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EXIT } from "../exit-code";
import { replaceFile } from "./atomic-file";
import { absentOrUnopened, type CheckpointRead, readCheckpoint } from "./read-checkpoint";
import { qualifiedName, StackFiles, type StackName } from "./stack-files";

/** Pulumi's words: its Automation API looks for them. */
export class StackNotFoundError extends Error {
  override name = "StackNotFoundError";
  readonly exitCode = EXIT.stackNotFound;

  constructor(stack: string) {
    super(`no stack named '${stack}' found`);
  }
}

export interface StackSummary {
  name: string;
  current: boolean;
  /** ISO 8601; left out when the state cannot be read. */
  lastUpdate?: string;
  resourceCount?: number;
}

/** The stacks below one folder, in the layout of Pulumi's file backend. */
export class FileBackend {
  /** @param folder The directory of the `file://` URL; everything is below its `.pulumi/`. */
  constructor(readonly folder: string) {}

  get url(): string {
    return `file://${this.folder}`;
  }

  get root(): string {
    return join(this.folder, ".pulumi");
  }

  files(name: StackName): StackFiles {
    return new StackFiles(this.root, name);
  }

  /** Throws when the folder is absent, or holds a layout of before projects or after this engine. */
  async check(): Promise<void> {
    const found = await stat(this.folder).catch(() => undefined);
    if (!found?.isDirectory()) {
      throw new Error(`unable to open state directory "${this.url}": stat ${this.folder}: no such file or directory`);
    }
    const meta = await readFile(join(this.root, "meta.yaml"), "utf8").catch(() => undefined);
    const version = meta === undefined ? undefined : /^version:\s*(\d+)/m.exec(meta)?.[1];
    const stacks = await readdir(join(this.root, "stacks")).catch(() => []);
    if (
      (meta === undefined && stacks.some((name) => name.endsWith(".json"))) ||
      (meta !== undefined && version !== "1")
    ) {
      throw new Error(
        `${this.root}: the layout of this state directory is ${version ?? "the one without projects"}; this engine reads version 1. ` +
          "Use Pulumi's CLI for this (SLIPWAY_ENGINE=official; `pulumi state upgrade` brings it to version 1)",
      );
    }
  }

  async exists(name: StackName): Promise<boolean> {
    const files = this.files(name);
    for (const file of [files.checkpoint, files.compressed]) {
      const found = await stat(file).catch((error) => absentOrUnopened(file, files, error));
      if (found) return true;
    }
    return false;
  }

  /** Names of a project's stacks, sorted. */
  async stackNames(project: string): Promise<string[]> {
    const names = await readdir(join(this.root, "stacks", project)).catch(() => []);
    const stacks = names.flatMap((name) => /^(.+)\.json(\.gz)?$/.exec(name)?.[1] ?? []);
    return [...new Set(stacks)].sort();
  }

  /** In Pulumi's words: its Automation API looks for them. */
  async refuseExisting(name: StackName): Promise<void> {
    if (await this.exists(name)) throw new Error(`stack '${qualifiedName(name)}' already exists`);
  }

  async create(name: StackName, checkpoint: string | Buffer): Promise<void> {
    await this.check();
    await this.refuseExisting(name);
    const meta = join(this.root, "meta.yaml");
    if (!(await isThere(meta))) await replaceFile(meta, "version: 1\n");
    await mkdir(this.files(name).lockFolder, { recursive: true, mode: 0o700 });
    await this.write(name, checkpoint);
  }

  /**
   * Replaces the checkpoint; what was there becomes the `.bak`, unless it could not be read: then it is set aside as
   * `.damaged`, so that the last good generation is not lost under it.
   */
  async write(
    name: StackName,
    checkpoint: string | Buffer,
    options: { setAsideDamaged?: boolean } = {},
  ): Promise<void> {
    const files = this.files(name);
    const previous = options.setAsideDamaged ? files.damaged : files.previous;
    await replaceFile(files.checkpoint, checkpoint, { previous });
    await rename(files.compressed, `${files.compressed}.bak`).catch(ignoreAbsent);
  }

  /** The state as the file has it. Throws `StackNotFoundError`. */
  async read(name: StackName): Promise<CheckpointRead> {
    const read = await readCheckpoint(this.files(name));
    if (!read) throw new StackNotFoundError(name.stack);
    return read;
  }

  /** Removes the stack and its history; `.bak` and backups stay, as with Pulumi. */
  async remove(name: StackName): Promise<void> {
    const files = this.files(name);
    await rename(files.checkpoint, files.previous).catch(ignoreAbsent);
    await rename(files.compressed, `${files.compressed}.bak`).catch(ignoreAbsent);
    await rm(files.tags, { force: true });
    for (const entry of await readdir(files.historyFolder).catch(() => [])) {
      await rm(join(files.historyFolder, entry), { force: true });
    }
  }

  /** Temporary files of runs that were killed while they wrote. Only under the stack's lock. */
  async sweep(name: StackName): Promise<void> {
    const folder = dirname(this.files(name).checkpoint);
    const left = (await readdir(folder)).filter(
      (file) => file.startsWith(`${name.stack}.json.`) && file.endsWith(".tmp"),
    );
    for (const file of left) await rm(join(folder, file), { force: true });
  }
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function ignoreAbsent(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
