import type { PendingOperation, ResourceState, Snapshot } from "../state";
import { featuresOf, newManifest, type StoredDeployment } from "./deployment-file";
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
 * Turns snapshots into the text of a checkpoint file: compact JSON, without a newline at the end. Entries are never
 * changed in place, so each is encoded and encrypted once, however often the state is written.
 */
export class CheckpointEncoder {
  private readonly encoded = new WeakMap<ResourceState, string>();

  constructor(
    private readonly frame: CheckpointFrame,
    private readonly secrets: SecretText,
  ) {}

  encode(snapshot: Snapshot): string {
    const { resources, pendingOperations } = snapshot;
    const features = featuresOf([...resources, ...pendingOperations.map(({ resource }) => resource)]);
    const version = features.length > 0 ? `"version":4,"features":${JSON.stringify(features)}` : '"version":3';
    const stack = JSON.stringify(this.frame.stack);
    return `{${version},"checkpoint":{"stack":${stack},"latest":{${this.deployment(resources, pendingOperations)}}}}`;
  }

  private deployment(resources: readonly ResourceState[], pending: readonly PendingOperation[]): string {
    const parts = [`"manifest":${JSON.stringify(newManifest(rfc3339()))}`];
    if (this.frame.secretsProvider) parts.push(`"secrets_providers":${JSON.stringify(this.frame.secretsProvider)}`);
    if (resources.length > 0) parts.push(`"resources":[${resources.map((entry) => this.resource(entry)).join(",")}]`);
    if (pending.length > 0) {
      const operations = pending.map(
        ({ resource, type }) => `{"resource":${this.resource(resource)},"type":${JSON.stringify(type)}}`,
      );
      parts.push(`"pending_operations":[${operations.join(",")}]`);
    }
    for (const [name, value] of Object.entries({ metadata: {}, ...this.frame.rest })) {
      parts.push(`${JSON.stringify(name)}:${JSON.stringify(value)}`);
    }
    return parts.join(",");
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
