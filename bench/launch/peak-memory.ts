import { readFileSync } from "node:fs";

/** Pause between two looks, in milliseconds; the kernel keeps the peak, so only the last moment can be missed. */
const LOOK_EVERY_MS = 25;
const KIB_PER_MIB = 1024;
/** How the process of the Pulumi program is told from commands that the engine runs. */
const PROGRAM = "/run.js";

/** Follows the peak of resident memory of an engine's process and of the program that it starts. Linux only. */
export class PeakMemory {
  private readonly timer: NodeJS.Timeout;
  private program?: number;
  private readonly peak = { engine: 0, program: 0 };

  constructor(private readonly engine: number) {
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  /** In MiB; 0 for a process that was never seen. */
  stop(): { engine: number; program: number } {
    clearInterval(this.timer);
    return this.peak;
  }

  private look(): void {
    this.program ??= childrenOf(this.engine).find((pid) => read(`/proc/${pid}/cmdline`).includes(PROGRAM));
    this.peak.engine = Math.max(this.peak.engine, peakMiB(this.engine));
    if (this.program) this.peak.program = Math.max(this.peak.program, peakMiB(this.program));
  }
}

function peakMiB(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / KIB_PER_MIB;
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // Ended meanwhile.
  }
}
