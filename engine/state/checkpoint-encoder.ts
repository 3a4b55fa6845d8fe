import type { PendingOperation, ResourceState, Snapshot } from "../state";
import { featuresOf, newManifest, type StoredDeployment } from "./deployment-file";
import { EncodedResources } from "./encoded-resources";
import { encodeResource, type SecretText } from "./resource-encoding";
import { rfc3339 } from "./timestamp";

/** What a checkpoint has besides resources; carried over from the state that was read. */
export interface CheckpointFrame {
  /** `organization/<project>/<stack>`. */
  stack: string;
  secretsProvider?: StoredDeployment["secrets_providers"];
  /** Parts that this engine does not use, kept as they were read. */
  rest?: Record<string, unknown>;
}

/**
 * Turns snapshots into the bytes of a checkpoint file: compact JSON, without a newline at the end. Entries are never
 * changed in place, so each is encoded and encrypted once, however often the state is written.
 */
export class CheckpointEncoder {
  private readonly encoded = new WeakMap<ResourceState, string>();
  private readonly features = new WeakMap<ResourceState, string[]>();
  private readonly resources = new EncodedResources((entry) => this.resource(entry));

  constructor(
    private readonly frame: CheckpointFrame,
    private readonly secrets: SecretText,
  ) {}

  encode({ resources, pendingOperations }: Snapshot): Buffer {
    const features = this.featuresOf([...resources, ...pendingOperations.map(({ resource }) => resource)]);
    const version = features.length > 0 ? `"version":4,"features":${JSON.stringify(features)}` : '"version":3';
    const parts = [`"manifest":${JSON.stringify(newManifest(rfc3339()))}`];
    if (this.frame.secretsProvider) parts.push(`"secrets_providers":${JSON.stringify(this.frame.secretsProvider)}`);
    const head = `{${version},"checkpoint":{"stack":${JSON.stringify(this.frame.stack)},"latest":{${parts.join(",")}`;
    const tail = `${this.tail(pendingOperations)}}}}`;
    if (resources.length === 0) return Buffer.from(head + tail);
    return Buffer.concat([Buffer.from(`${head},"resources":[`), this.resources.of(resources), Buffer.from(`]${tail}`)]);
  }

  private tail(pending: readonly PendingOperation[]): string {
    const operations = pending.map(
      ({ resource, type }) => `{"resource":${this.resource(resource)},"type":${JSON.stringify(type)}}`,
    );
    const rest = Object.entries({ metadata: {}, ...this.frame.rest });
    return [
      ...(operations.length > 0 ? [`,"pending_operations":[${operations.join(",")}]`] : []),
      ...rest.map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value)}`),
    ].join("");
  }

  private featuresOf(entries: readonly ResourceState[]): string[] {
    const found = new Set<string>();
    for (const entry of entries) {
      let features = this.features.get(entry);
      if (!features) {
        features = featuresOf([entry]);
        this.features.set(entry, features);
      }
      for (const feature of features) found.add(feature);
    }
    return [...found].sort();
  }

  private resource(entry: ResourceState): string {
    let text = this.encoded.get(entry);
    if (text === undefined) {
      text = JSON.stringify(encodeResource(entry, this.secrets));
      this.encoded.set(entry, text);
    }
    return text;
  }
}
