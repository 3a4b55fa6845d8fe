import type { DeploymentOptions, DeploymentResult } from "./deployment";
import { runDeployment } from "./deployment";
import type { EngineEvent } from "./events";
import { FakeCloud } from "./fake-cloud.fixture";
import type { ProgramRequests } from "./monitor/requests";
import type { OnLine, Program, ProgramExit } from "./program/program";
import type { PropertyMap } from "./property-value";
import type { Registration } from "./registration";
import type { Snapshot } from "./state";

export const STACK_URN = "urn:pulumi:dev::test::pulumi:pulumi:Stack::test-dev";

/** The URN of a `fake:index:Thing` below the stack. */
export function thing(name: string): string {
  return `urn:pulumi:dev::test::fake:index:Thing::${name}`;
}

export type Script = (program: ScriptedProgram) => Promise<void>;

/** Asks for resources as a program would, without a process. */
export class ScriptedProgram implements Program {
  readonly exited: Promise<ProgramExit>;
  private exit: (exit: ProgramExit) => void = () => {};
  requests!: ProgramRequests;

  constructor(private readonly script: Script) {
    this.exited = new Promise((resolve) => {
      this.exit = resolve;
    });
  }

  async begin(_run: unknown, requests: ProgramRequests, _onLine: OnLine): Promise<void> {
    this.requests = requests;
    this.run().catch(() => this.exit({ code: 0, signal: null }));
  }

  private async run(): Promise<void> {
    await this.register({ type: "pulumi:pulumi:Stack", name: "test-dev", custom: false, parent: "" });
    await this.script(this);
    await this.requests.shutdown();
    this.exit({ code: 0, signal: null });
  }

  /** Registers a resource and resolves to what the program gets to know of it. */
  async register(request: Partial<Registration>) {
    const { state, outcome } = await this.requests.register({
      ...{ type: "fake:index:Thing", name: "thing", custom: true, inputs: {}, parent: STACK_URN, version: "1.0.0" },
      ...{ protect: undefined, retainOnDelete: undefined, deleteBeforeReplace: undefined, deletedWith: "" },
      ...{ dependencies: [], propertyDependencies: {}, provider: "", providers: {}, ignoreChanges: [] },
      ...{ replaceOnChanges: [], hideDiff: [], additionalSecretOutputs: [], aliases: [], replaceWith: [] },
      ...{ customTimeouts: {}, sourcePosition: "" },
      ...request,
    });
    return { urn: state.urn, id: state.id ?? "", outputs: state.outputs ?? {}, outcome };
  }

  thing(name: string, inputs: PropertyMap = {}, options: Partial<Registration> = {}) {
    return this.register({ name, inputs, ...options });
  }

  component(name: string, options: Partial<Registration> = {}) {
    return this.register({ type: "test:mod:Group", name, custom: false, ...options });
  }

  outputs(outputs: PropertyMap, urn = STACK_URN) {
    return this.requests.registerOutputs(urn, outputs);
  }

  /** The process ends here, with this code. */
  die(code: number): Promise<never> {
    this.exit({ code, signal: null });
    return new Promise(() => {});
  }

  async end(): Promise<void> {
    this.exit({ code: 0, signal: null });
  }

  discard(): void {}
}

/** A stack whose resources live in a `FakeCloud`; the state is kept from run to run. */
export class FakeStack {
  readonly cloud = new FakeCloud();
  state: Snapshot = { resources: [], pendingOperations: [] };
  /** Every snapshot written by the last run. */
  written: Snapshot[] = [];
  events: EngineEvent[] = [];
  /** Runs after each write. */
  onWrite: (snapshot: Snapshot) => void = () => {};

  up(script: Script, options: Partial<DeploymentOptions> = {}): Promise<DeploymentResult> {
    return this.run({ kind: "update", program: new ScriptedProgram(script), ...options });
  }

  /** As `up`, changing nothing. */
  preview(script: Script, options: Partial<DeploymentOptions> = {}): Promise<DeploymentResult> {
    return this.run({ kind: "preview", program: new ScriptedProgram(script), writer: undefined, ...options });
  }

  async run(options: Partial<DeploymentOptions>): Promise<DeploymentResult> {
    this.written = [];
    this.events = [];
    this.cloud.calls.length = 0;
    const result = await runDeployment({
      kind: "update",
      project: { name: "test", root: "/nowhere", runtimeOptions: {} },
      ...{ stack: "dev", organization: "organization", config: {}, configSecretKeys: [], base: this.state },
      writer: {
        write: async (snapshot) => {
          this.written.push(snapshot);
          this.onWrite(snapshot);
        },
      },
      packages: { load: async () => this.cloud.package, computes: () => false },
      ...{ parallel: 4, targets: [], targetDependents: false, continueOnError: false },
      ...{ refreshFirst: false, clearPendingCreates: false },
      emit: (event) => this.events.push(event),
      signal: new AbortController().signal,
      ...options,
    });
    this.state = result.snapshot;
    return result;
  }

  /** Provider calls that change something, in order. */
  get changes(): string[] {
    return this.cloud.calls.filter((call) => /^(create|update|delete) /.test(call));
  }

  /** `op name` of each step that began, without default providers and the stack. */
  get steps(): string[] {
    return this.events
      .filter((event) => event.kind === "resourcePre")
      .map(({ metadata }) => `${metadata.op} ${metadata.urn.split("::").slice(3).join("::")}`)
      .filter((step) => !/ (default|test-dev)/.test(step));
  }

  get errors(): string[] {
    return this.events
      .filter((event) => event.kind === "diagnostic" && event.severity === "error")
      .map((event) => (event.kind === "diagnostic" ? event.message : ""));
  }

  resource(name: string) {
    const found = this.state.resources.filter(({ urn, delete: isOld }) => urn.endsWith(`::${name}`) && !isOld);
    return found[0];
  }
}
