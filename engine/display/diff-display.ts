import type { EngineEvent, StepMetadata } from "../events";
import type { RunResult } from "../index";
import type { PropertyMap } from "../property-value";
import type { ResourceState } from "../state";
import { isDefaultProvider, operationText, STACK_TYPE } from "./operation-text";
import { type Display, type DisplayOptions, titleOf } from "./plain-display";
import { Progress } from "./progress";
import { diffMaps, type ValueDiff } from "./property-diff";
import { PropertyText } from "./property-text";
import { withoutInternal } from "./resource-row";
import { diagnosticsBlock, durationText, outputLines, resourcesBlock } from "./summary-blocks";

/** Every resource that changes with every property that changes: `--diff`. */
export class DiffDisplay implements Display {
  private readonly progress: Progress;

  constructor(private readonly options: DisplayOptions) {
    this.progress = new Progress(options.stackUrn, options.planning);
    options.write(`${titleOf(options)}\n`);
  }

  event(event: EngineEvent): void {
    this.progress.apply(event, Date.now());
    if (event.kind !== "resourcePre") return;
    const step = event.metadata;
    if (!step.logical || isDefaultProvider(step.urn) || (step.op === "same" && step.type !== STACK_TYPE)) return;
    this.options.write(this.resource(step));
  }

  say(line: string): void {
    this.options.write(`${line}\n`);
  }

  close(result: RunResult | undefined): void {
    if (!result) return;
    this.progress.over = true;
    const { palette, showSecrets, suppressOutputs } = this.options;
    const outputs = suppressOutputs ? "" : outputLines(this.progress, { palette, showSecrets });
    const duration = durationText(this.progress.summary?.durationSeconds ?? 0);
    this.options.write(
      [
        outputs ? `    ${palette.bold("--outputs:--")}\n${outputs}` : "",
        diagnosticsBlock(this.progress, palette),
        resourcesBlock(this.progress, palette),
        this.progress.preview ? "" : `\n${palette.bold("Duration:")} ${duration}\n`,
      ].join(""),
    );
  }

  private resource(step: StepMetadata): string {
    const { palette } = this.options;
    const isStack = step.type === STACK_TYPE;
    const lead = isStack ? "" : "    ";
    const indent = `${lead}    `;
    const { mark, color } = operationText(step.op);
    const retained = step.old?.retainOnDelete && (step.op === "delete" || step.op === "replace") ? "[retain]" : "";
    const locked = (step.new ?? step.old)?.protect ? " 🔒" : "";
    const heading = `${lead}${mark.trim().padEnd(2)}${step.type}: (${step.op}${retained})${locked}`;
    const facts = [
      step.old?.id ? `[id=${step.old.id}]` : "",
      `[urn=${step.urn}]`,
      step.provider ? `[provider=${step.provider}]` : "",
    ].filter(Boolean);
    return `${palette[color](heading)}\n${facts.map((fact) => `${indent}${fact}\n`).join("")}${isStack ? "" : this.properties(step, indent)}`;
  }

  private properties({ op, old, new: now, diffs }: StepMetadata, indent: string): string {
    const { palette, showSecrets } = this.options;
    const options = { palette, showSecrets };
    if (!old || !now) {
      const inputs = withoutInternal((now ?? old)?.inputs) as PropertyMap;
      return PropertyText.ofMap(inputs, indent, " ", options);
    }
    const [before, after] = [old, now].map((state) => withoutInternal(compared(state, op)) as PropertyMap);
    const entries = diffMaps(before as PropertyMap, after as PropertyMap)?.entries ?? {};
    return PropertyText.ofDiff(changed(entries, diffs), indent, options);
  }
}

/** A refresh shows what was read; everything else what was asked for. */
function compared(state: ResourceState, op: StepMetadata["op"]): PropertyMap {
  return (op === "refresh" ? state.outputs : state.inputs) ?? {};
}

function changed(entries: Record<string, ValueDiff>, diffs: string[] | undefined): Record<string, ValueDiff> {
  const wanted = Object.entries(entries).filter(
    ([key, { kind }]) => kind !== "same" && (!diffs?.length || diffs.includes(key)),
  );
  return Object.fromEntries(wanted.map(([key, diff]) => [key, withoutSame(diff)]));
}

/** What did not change inside something that did is left out. */
function withoutSame(diff: ValueDiff): ValueDiff {
  if (diff.kind === "list") {
    return {
      kind: "list",
      entries: diff.entries.map((entry) => (entry?.kind === "same" ? undefined : entry && withoutSame(entry))),
    };
  }
  if (diff.kind !== "map") return diff;
  const entries = Object.entries(diff.entries).filter(([, entry]) => entry.kind !== "same");
  return { kind: "map", entries: Object.fromEntries(entries.map(([key, entry]) => [key, withoutSame(entry)])) };
}
