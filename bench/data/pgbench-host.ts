import { exec } from "../../host/docker";
import { DataHost } from "../../test/support/data-host";
import { PeakMemory } from "../launch/peak-memory";

/** Of pgbench; 1,054 MB. */
const SCALE = 70;

export interface TimedVerb {
  seconds: number;
  peakMiB: number;
}

/** A host with a project whose database pgbench has filled. */
export class PgbenchHost implements AsyncDisposable {
  private constructor(readonly data: DataHost) {}

  static async create(): Promise<PgbenchHost> {
    const host = new PgbenchHost(await DataHost.create());
    try {
      await host.inPostgres(`pgbench --username=shop --initialize --quiet --scale=${SCALE} shop`);
      await host.data.admin("CHECKPOINT;");
      return host;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs a line of bash in the Postgres container; seconds that it took. */
  async inPostgres(line: string): Promise<number> {
    const began = performance.now();
    const command = ["bash", "-c", `set -o pipefail\n${line}`];
    const { exitCode, stderr } = await exec(this.data.postgres, command, { user: "postgres" });
    if (exitCode !== 0) throw new Error(`${line} exited ${exitCode}: ${stderr}`);
    return (performance.now() - began) / 1000;
  }

  /** Runs a verb of the host program, as a deploy does. */
  async verb(name: string, request: object): Promise<TimedVerb> {
    const began = performance.now();
    const { child, done } = this.data.start(name, request);
    const memory = new PeakMemory(child.pid ?? 0);
    const { code, output } = await done;
    const seconds = (performance.now() - began) / 1000;
    const { engine: peakMiB } = memory.stop();
    if (code !== 0) throw new Error(`${name} exited ${code}\n${output}`);
    return { seconds, peakMiB };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.data[Symbol.asyncDispose]();
  }
}
