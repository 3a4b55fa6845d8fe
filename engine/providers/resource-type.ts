import type { PropertyMap } from "../property-value";
import type {
  CheckRequest,
  CheckResult,
  CreateRequest,
  DeleteRequest,
  DiffRequest,
  DiffResult,
  FindRequest,
  InvokeRequest,
  Provider,
  ReadRequest,
  ReadResult,
  UpdateRequest,
} from "../provider";

/** What a provider does for one resource type. The methods left out have the meaning of a resource that is only a record. */
export interface ResourceType {
  check(request: CheckRequest): CheckResult | Promise<CheckResult>;
  diff(request: DiffRequest): DiffResult;
  create(request: CreateRequest): Promise<{ id: string; outputs: PropertyMap }>;
  /** Default: the resource is as the state says. */
  read?(request: ReadRequest): Promise<ReadResult | undefined>;
  /** Default: nothing to do, the new inputs overlay the outputs. */
  update?(request: UpdateRequest): Promise<{ outputs: PropertyMap }>;
  /** Default: nothing to do. */
  delete?(request: DeleteRequest): Promise<void>;
  /** Default: undefined. */
  find?(request: FindRequest): Promise<string | undefined>;
  previewCreate(request: Pick<CreateRequest, "urn" | "type" | "name" | "inputs">): PropertyMap;
  previewUpdate?(
    request: Pick<UpdateRequest, "urn" | "type" | "id" | "inputs" | "oldInputs" | "oldOutputs">,
  ): PropertyMap;
}

/** What a package offers: resource types and functions by token. */
export interface PackageContents {
  name: string;
  types: Record<string, ResourceType>;
  functions?: Record<string, (request: InvokeRequest) => Promise<PropertyMap>>;
  close?(): Promise<void>;
}

/** The provider that hands each call to its resource type. A token that it does not have is refused by name. */
export function providerOf({ name, types, functions = {}, close }: PackageContents): Provider {
  const typeOf = (token: string): ResourceType => {
    const type = Object.hasOwn(types, token) ? types[token] : undefined;
    if (!type) throw new UnsupportedTokenError(token, name, Object.keys(types));
    return type;
  };
  return {
    check: async (request) => typeOf(request.type).check(request),
    diff: async (request) => typeOf(request.type).diff(request),
    create: async (request) => typeOf(request.type).create(request),
    read: async (request) => {
      const type = typeOf(request.type);
      return type.read ? type.read(request) : { id: request.id, inputs: request.inputs, outputs: request.outputs };
    },
    update: async (request) => {
      const type = typeOf(request.type);
      return type.update ? type.update(request) : { outputs: { ...request.oldOutputs, ...request.inputs } };
    },
    delete: async (request) => typeOf(request.type).delete?.(request),
    find: async (request) => typeOf(request.type).find?.(request),
    invoke: async (request) => {
      const run = Object.hasOwn(functions, request.token) ? functions[request.token] : undefined;
      if (!run) throw new UnsupportedTokenError(request.token, name, Object.keys(functions));
      return run(request);
    },
    previewCreate: (request) => typeOf(request.type).previewCreate(request),
    previewUpdate: (request) =>
      typeOf(request.type).previewUpdate?.(request) ?? { ...request.oldOutputs, ...request.inputs },
    close: async () => close?.(),
  };
}

/** A resource type or a function that exists in Pulumi's plugin, perhaps, but not in the embedded engine. */
export class UnsupportedTokenError extends Error {
  constructor(
    readonly token: string,
    packageName: string,
    supported: string[],
  ) {
    super(
      `${token} is not supported by the embedded engine; of package ${packageName} it has ` +
        `${supported.length > 0 ? supported.join(", ") : "none of this kind"}. Use Pulumi's CLI for this.`,
    );
    this.name = "UnsupportedTokenError";
  }
}
