import type { EngineEvent } from "../../engine/events";

/** What a deploy's resources are called, in the order of a deploy. */
const STEPS: [name: string, test: (type: string, name: string) => boolean][] = [
  ["checks", (_, name) => name.endsWith("-preflight")],
  ["backup", (_, name) => name.endsWith("-backup")],
  ["restore", (_, name) => name.endsWith("-restore")],
  ["pull", (type) => type.endsWith(":RemoteImage")],
  ["migration", (_, name) => name.endsWith("-migrate")],
  ["start", (type) => type.endsWith(":Container")],
  ["rollout", (_, name) => name.endsWith("-rollout")],
];

/** Measures how long each step of a deploy takes, from its first resource's begin to its last one's end. */
export class StepTimes {
  private readonly spans = new Map<string, { from: number; to: number }>();
  /** Traffic was moved, and what the run waits for of the watch is over. */
  isRolledOut = false;

  event(event: EngineEvent, now = performance.now()): void {
    if (event.kind !== "resourcePre" && event.kind !== "resOutputs") return;
    const { op, type, urn } = event.metadata;
    // A component is called like its command, and is there before anything happens.
    if (type.startsWith("slipway:")) return;
    if (op === "same" || op.includes("delete")) return;
    const step = STEPS.find(([, test]) => test(type, urn.split("::").at(-1) as string))?.[0];
    if (!step) return;
    if (step === "rollout" && event.kind === "resOutputs") this.isRolledOut = true;
    const span = this.spans.get(step) ?? { from: now, to: now };
    this.spans.set(step, { from: span.from, to: now });
  }

  /** Whether a step of the deploy has begun. */
  get hasStarted(): boolean {
    return this.spans.size > 0;
  }

  /** `checks 0.3 s, backup 1.2 s, …`; "" where nothing was seen. */
  text(): string {
    return STEPS.flatMap(([step]) => {
      const span = this.spans.get(step);
      return span ? [`${step} ${((span.to - span.from) / 1000).toFixed(1)} s`] : [];
    }).join(", ");
  }
}
