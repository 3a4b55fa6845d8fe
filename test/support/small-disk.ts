import { execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";

/** A folder that holds no more than some bytes: a file system of its own in memory. Takes root. */
export class SmallDisk implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async mount(folder: string, bytes: number): Promise<SmallDisk> {
    await mkdir(folder, { recursive: true });
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "slipway-test", folder]);
    return new SmallDisk(folder);
  }

  static canMount(): boolean {
    return process.getuid?.() === 0 && process.platform === "linux";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    execFileSync("umount", [this.folder]);
  }
}
