import type { ProgramRequests } from "../monitor/requests";

export interface ProgramExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What a program needs to know before it begins. */
export interface ProgramRun {
  organization: string;
  project: { name: string; root: string };
  stack: string;
  dryRun: boolean;
  parallel: number;
  config: Record<string, string>;
  configSecretKeys: string[];
}

export type OnLine = (severity: "info" | "info#err", line: string) => void;

/** Something that asks a deployment for resources: the process of a Pulumi program. */
export interface Program {
  readonly exited: Promise<ProgramExit>;
  /** Lets it begin; what it asks for goes to `requests`, what it prints to `onLine`, line by line. */
  begin(run: ProgramRun, requests: ProgramRequests, onLine: OnLine): Promise<void>;
  /**
   * Resolves when it has ended. It is made to after a while: 5 s when all is done (`finished`), 1 s when nothing that it
   * does counts any more (`halted`).
   */
  end(after: "finished" | "halted"): Promise<void>;
  /** Ends it at once, when it turns out not to be needed. */
  discard(): void;
}
