import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { unmount } from "./leftovers";
import { SmallDisk } from "./small-disk";

/** Enough for what a deploy wants to be free; the file takes only what is written to it. */
const BYTES = 20_000_000_000;
/** What nobody synced is written after this many seconds by itself: not while a test runs. */
const COMMIT_SECONDS = 300;

/** A folder with a file system of its own, in a file, whose power can be cut at any moment. Takes root. */
export class PowerDisk implements AsyncDisposable {
  private copies = 0;

  private constructor(private readonly folder: string) {}

  static canMount(): boolean {
    if (!SmallDisk.canMount()) return false;
    try {
      execFileSync("mkfs.ext4", ["-V"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  }

  static mount(folder: string): PowerDisk {
    const disk = new PowerDisk(folder);
    execFileSync("truncate", ["--size", String(BYTES), disk.file]);
    execFileSync("mkfs.ext4", ["-q", "-J", "size=16", disk.file]);
    mkdirSync(folder, { recursive: true });
    mount(disk.file, folder);
    return disk;
  }

  /** A folder with what a power loss now would leave: the file that is the disk has nothing that was not synced. */
  cut(): string {
    this.copies += 1;
    const copy = `${this.folder}-${this.copies}`;
    execFileSync("cp", ["--sparse=always", this.file, `${copy}.disk`]);
    mkdirSync(copy);
    mount(`${copy}.disk`, copy);
    return copy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const copies = Array.from({ length: this.copies }, (_, index) => `${this.folder}-${index + 1}`);
    for (const folder of [this.folder, ...copies]) {
      unmount(folder);
      await rm(`${folder}.disk`, { force: true });
    }
    for (const copy of copies) await rm(copy, { recursive: true });
  }

  private get file(): string {
    return `${this.folder}.disk`;
  }
}

function mount(file: string, folder: string): void {
  execFileSync("mount", ["-o", `loop,noatime,noinit_itable,commit=${COMMIT_SECONDS}`, file, folder]);
}
