import type { EngineEvent } from "../events";
import type { RunResult } from "../index";
import { EventLog } from "./event-log";
import { isDefaultProvider } from "./operation-text";
import { type Display, type DisplayOptions, PlainDisplay } from "./plain-display";
import { PreviewJson } from "./preview-json";

export interface FormOptions extends DisplayOptions {
  form: "tree" | "plain" | "diff" | "json";
  /** The engine prints its progress itself. */
  silent: boolean;
}

/** The display that a command wants; forms that it does not use are not loaded. */
export async function openDisplay(options: FormOptions): Promise<Display> {
  if (options.silent) return silentDisplay(options);
  switch (options.form) {
    case "plain":
      return new PlainDisplay(options);
    case "tree":
      return new (await import("./tree-display")).TreeDisplay(options);
    case "diff":
      return new (await import("./diff-display")).DiffDisplay(options);
    case "json":
      return options.planning && options.kind === "update" ? previewJson(options) : eventLines(options);
  }
}

/** What is no event goes to stderr: stdout is JSON alone. */
function toStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

function previewJson({ showSecrets, write }: FormOptions): Display {
  const preview = new PreviewJson(showSecrets);
  const close = (result: RunResult | undefined) => result && write(preview.text());
  return { event: (event) => preview.event(event), say: toStderr, close };
}

function eventLines({ showSecrets, write }: FormOptions): Display {
  const log = new EventLog(write, showSecrets);
  const isShown = (event: EngineEvent) => !("metadata" in event && isDefaultProvider(event.metadata.urn));
  return { event: (event) => void (isShown(event) && log.event(event)), say: toStderr, close: () => undefined };
}

function silentDisplay({ write }: FormOptions): Display {
  return { event: () => undefined, say: (line) => write(`${line}\n`), close: () => undefined };
}
