import { CutOffError } from "./cut-off";
import type { EngineEvent } from "./events";
import { inputDiff } from "./input-diff";
import { type PropertyMap, withoutSecrets } from "./property-value";
import { type DiffResult, type Provider, ResourceInitError } from "./provider";
import type { Providers } from "./providers";
import { markKnownSecrets, markSecrets } from "./secret-marks";
import type { ResourceState } from "./state";
import { StepFailure, UnfinishedStep } from "./step-failure";
import { parseUrn } from "./urn";

/** A resource that exists but is not as asked. */
export interface InitFailure {
  message: string;
  reasons: string[];
}

export interface CallContext {
  providers: Providers;
  emit(event: EngineEvent): void;
  /** Aborted at the second Ctrl-C. */
  terminate: AbortSignal;
}

/** Calls of providers: plain values out, failures sorted by what they leave behind. */
export class Calls {
  constructor(private readonly context: CallContext) {}

  async create(state: ResourceState): Promise<{ id: string; outputs: PropertyMap; failure?: InitFailure }> {
    const timeout = state.customTimeouts?.create;
    return this.call(0, state, timeout, async (provider, common) => {
      try {
        const inputs = withoutSecrets(state.inputs ?? {});
        const { id, outputs } = await provider.create({ ...common, inputs });
        if (id === "") throw new StepFailure("the provider returned no id for the new resource", 2);
        return { id, outputs };
      } catch (error) {
        if (!(error instanceof ResourceInitError)) throw error;
        return { id: error.id, outputs: error.outputs, failure: { message: error.message, reasons: error.reasons } };
      }
    });
  }

  async update(
    old: ResourceState,
    next: ResourceState,
    ignoreChanges: string[],
  ): Promise<{ outputs: PropertyMap; failure?: InitFailure }> {
    return this.call(2, next, next.customTimeouts?.update, async (provider, common) => {
      try {
        return await provider.update({
          ...common,
          id: old.id ?? "",
          inputs: withoutSecrets(next.inputs ?? {}),
          oldInputs: withoutSecrets(old.inputs ?? {}),
          oldOutputs: withoutSecrets(old.outputs ?? {}),
          ignoreChanges,
        });
      } catch (error) {
        if (!(error instanceof ResourceInitError)) throw error;
        return { outputs: error.outputs, failure: { message: error.message, reasons: error.reasons } };
      }
    });
  }

  async delete(state: ResourceState): Promise<void> {
    await this.call(2, state, state.customTimeouts?.delete, (provider, common) =>
      provider.delete({
        ...common,
        id: state.id ?? "",
        oldInputs: withoutSecrets(state.inputs ?? {}),
        oldOutputs: withoutSecrets(state.outputs ?? {}),
      }),
    );
  }

  /** What is there now, secrets marked; undefined when nothing is. */
  async read(
    state: ResourceState,
  ): Promise<Pick<ResourceState, "id" | "inputs" | "outputs" | "initErrors"> | undefined> {
    const { id = "", inputs = {}, outputs = {} } = state;
    const mark = (found: PropertyMap) => markKnownSecrets(found, inputs, outputs);
    return this.call(2, state, undefined, async (provider, { urn, type, signal }) => {
      try {
        const plain = { inputs: withoutSecrets(inputs), outputs: withoutSecrets(outputs) };
        const found = await provider.read({ urn, type, id, ...plain, signal });
        return found && { id: found.id, inputs: markSecrets(found.inputs, inputs), outputs: mark(found.outputs) };
      } catch (error) {
        if (!(error instanceof ResourceInitError)) throw error;
        this.log(urn)("warning", error.message);
        return { id, inputs, outputs: mark(error.outputs), initErrors: error.reasons };
      }
    });
  }

  /** Id of what an interrupted create made. */
  async find(state: ResourceState): Promise<string | undefined> {
    const inputs = withoutSecrets(state.inputs ?? {});
    return this.call(0, state, undefined, async (provider, { urn, type, signal }) =>
      provider.find?.({ urn, type, inputs, signal }),
    );
  }

  /** How a recorded resource differs from inputs, plain values. */
  async diff(state: ResourceState, newInputs: PropertyMap): Promise<DiffResult> {
    const oldInputs = withoutSecrets(state.inputs ?? {});
    return this.call(2, state, undefined, async (provider, { urn, type }) => {
      const said = await provider.diff({
        ...{ urn, type, id: state.id ?? "", oldInputs, newInputs },
        oldOutputs: withoutSecrets(state.outputs ?? {}),
        ignoreChanges: [...(state.ignoreChanges ?? [])],
      });
      return said.changes === "unknown" ? inputDiff(oldInputs, newInputs) : said;
    });
  }

  private async call<T>(
    status: 0 | 2,
    state: ResourceState,
    timeoutSeconds: number | undefined,
    run: (provider: Provider, common: Common) => Promise<T>,
  ): Promise<T> {
    const { providers, terminate } = this.context;
    const { urn, type } = state;
    try {
      const provider = await providers.get(state.provider ?? "");
      if (provider === "unconfigured") {
        throw new Error("the configuration of its provider is not yet known");
      }
      const signal = timeoutSeconds
        ? AbortSignal.any([terminate, AbortSignal.timeout(timeoutSeconds * 1000)])
        : terminate;
      return await run(provider, { urn, type, name: parseUrn(urn).name, timeoutSeconds, signal, log: this.log(urn) });
    } catch (error) {
      if (error instanceof StepFailure) throw error;
      if (error instanceof CutOffError) {
        throw error.mayGoOn ? new UnfinishedStep(error.message) : new StepFailure(error.message, 0);
      }
      throw new StepFailure(error instanceof Error ? error.message : String(error), status);
    }
  }

  private log(urn: string): Common["log"] {
    return (severity, message) =>
      this.context.emit({ kind: "diagnostic", urn, message, severity, ephemeral: severity === "info" });
  }
}

interface Common {
  urn: string;
  type: string;
  name: string;
  timeoutSeconds: number | undefined;
  signal: AbortSignal;
  log(severity: "info" | "warning" | "error", message: string): void;
}
