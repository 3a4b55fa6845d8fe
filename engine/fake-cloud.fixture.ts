import { type PropertyMap, type PropertyValue, secret, UNKNOWN } from "./property-value";
import { type DiffKind, type Provider, type ProviderPackage, ResourceInitError } from "./provider";

/** What a test may make go wrong for one resource, by its name. */
export interface Trouble {
  /** Fails, having done nothing. */
  create?: string;
  update?: string;
  delete?: string;
  read?: string;
  /** Is created or updated, and not as asked. */
  unhealthy?: string;
  /** Waits for this before a create, an update or a delete is done. */
  hold?: Promise<unknown>;
}

/**
 * A provider package that keeps its resources in memory and writes down every call. `r…` inputs replace when they
 * change, `d…` inputs replace delete-first, others update; `hidden` comes back as a secret output.
 */
export class FakeCloud {
  /** `create a`, `check b`, …; checks and diffs only when `verbose`. */
  readonly calls: string[] = [];
  readonly existing = new Map<string, PropertyMap>();
  readonly trouble: Record<string, Trouble> = {};
  verbose = false;
  running = 0;
  /** The most operations that ran at once. */
  peak = 0;
  private count = 0;
  private readonly awaited: { call: RegExp; resolve: () => void }[] = [];

  readonly package: ProviderPackage = {
    checkConfig: (inputs) => ({ inputs }),
    diffConfig: (old, now) =>
      old.region === now.region
        ? { changes: JSON.stringify(old) === JSON.stringify(now) ? "none" : "some", diffs: ["other"] }
        : { changes: "some", replaces: ["region"], diffs: ["region"] },
    configure: (inputs) => {
      this.calls.push(`configure ${JSON.stringify(inputs)}`);
      return this.provider();
    },
  };

  /** Resolves at the next operation of this name. */
  called(call: RegExp): Promise<void> {
    return new Promise((resolve) => this.awaited.push({ call, resolve }));
  }

  /** An operation that never ends. */
  async hang(call: string): Promise<never> {
    this.note(call);
    return new Promise(() => {});
  }

  private note(call: string): void {
    this.calls.push(call);
    for (const one of this.awaited.filter(({ call: awaited }) => awaited.test(call))) {
      this.awaited.splice(this.awaited.indexOf(one), 1);
      one.resolve();
    }
  }

  private provider(): Provider {
    return {
      check: async ({ name, oldInputs, newInputs }) => {
        if (this.verbose) this.calls.push(`check ${name} after ${JSON.stringify(oldInputs)}`);
        if (newInputs.bad !== undefined) {
          return { inputs: newInputs, failures: [{ property: "bad", reason: "is not allowed" }] };
        }
        return { inputs: { defaulted: "yes", ...newInputs } };
      },
      diff: async ({ oldInputs, newInputs, ignoreChanges }) => {
        if (this.verbose) this.calls.push(`diff ${JSON.stringify(newInputs)} ignoring ${ignoreChanges}`);
        return difference(oldInputs, newInputs);
      },
      create: async ({ name, inputs }) => {
        await this.operation("create", name);
        const id = `${name}-${++this.count}`;
        const outputs = this.store(id, inputs);
        const { unhealthy } = this.trouble[name] ?? {};
        if (unhealthy) throw new ResourceInitError(id, outputs, [unhealthy]);
        return { id, outputs };
      },
      update: async ({ name, id, inputs }) => {
        await this.operation("update", name);
        const outputs = this.store(id, inputs);
        const { unhealthy } = this.trouble[name] ?? {};
        if (unhealthy) throw new ResourceInitError(id, outputs, [unhealthy]);
        return { outputs };
      },
      delete: async ({ name, id }) => {
        await this.operation("delete", name);
        this.existing.delete(id);
      },
      read: async ({ id, inputs, urn }) => {
        const name = urn.slice(urn.lastIndexOf(":") + 1);
        await this.operation("read", name);
        const outputs = this.existing.get(id);
        return outputs && { id, inputs: { ...inputs, ...pick(outputs, Object.keys(inputs)) }, outputs };
      },
      find: async ({ inputs }) => [...this.existing].find(([, { name }]) => name && name === inputs.name)?.[0],
      invoke: async ({ token, args }) => ({ token, args }),
      previewCreate: ({ inputs }) => ({ ...inputs, out: UNKNOWN }),
      close: async () => {
        this.calls.push("close");
      },
    };
  }

  private async operation(kind: "create" | "update" | "delete" | "read", name: string): Promise<void> {
    const trouble = this.trouble[name] ?? {};
    this.note(`${kind} ${name}`);
    this.peak = Math.max(this.peak, ++this.running);
    await trouble.hold;
    // As a real call does, it lets others run.
    await new Promise(setImmediate);
    this.running--;
    const message = trouble[kind];
    if (message) throw new Error(message);
  }

  private store(id: string, inputs: PropertyMap): PropertyMap {
    const outputs: PropertyMap = { ...inputs, out: `out of ${id}` };
    if (inputs.hidden !== undefined) outputs.hidden = secret(inputs.hidden);
    this.existing.set(id, outputs);
    return outputs;
  }
}

function difference(old: PropertyMap, now: PropertyMap): Awaited<ReturnType<Provider["diff"]>> {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  const diffs = keys.filter((key) => now[key] === UNKNOWN || JSON.stringify(old[key]) !== JSON.stringify(now[key]));
  const replaces = diffs.filter((key) => key.startsWith("r") || key.startsWith("d-"));
  const kind = (key: string): DiffKind => (replaces.includes(key) ? "update-replace" : "update");
  return {
    changes: diffs.length > 0 ? "some" : "none",
    diffs,
    replaces,
    deleteBeforeReplace: diffs.some((key) => key.startsWith("d-")),
    detailedDiff: Object.fromEntries(diffs.map((key) => [key, { kind: kind(key), inputDiff: true }])),
  };
}

function pick(map: PropertyMap, keys: string[]): PropertyMap {
  return Object.fromEntries(keys.filter((key) => key in map).map((key) => [key, map[key] as PropertyValue]));
}
