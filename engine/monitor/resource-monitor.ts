import type * as grpc from "@grpc/grpc-js";
import { InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import type { IResourceMonitorServer } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
  type RegisterResourceOutputsRequest,
  type RegisterResourceRequest,
  RegisterResourceResponse,
  type ResourceInvokeRequest,
  Result,
  type SupportsFeatureRequest,
  SupportsFeatureResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { UNKNOWN } from "../property-value";
import type { Registered } from "../registrations";
import { isProviderType } from "../urn";
import { answering, unsupported } from "./answer";
import { withAssetHashes } from "./asset-hashes";
import { type ProgramFolders, readRegistration } from "./register-request";
import type { ProgramRequests } from "./requests";
import { fromStruct, toStruct } from "./struct";

/**
 * Features of the SDK that a program may use. To those with a refusal of ours the answer is yes, so that the program is
 * told whom to turn to instead; to `aliasSpecs` it is no: then the SDK works out the URNs itself.
 */
const FEATURES = new Set([
  ...["secrets", "resourceReferences", "deletedWith", "replaceWith"],
  ...["transforms", "invokeTransforms", "parameterization", "resourceHooks", "errorHooks"],
]);

const OUTCOMES = { done: Result.SUCCESS, untargeted: Result.SUCCESS, failed: Result.FAIL, skipped: Result.SKIP };

export function resourceMonitor(requests: ProgramRequests, folders: ProgramFolders): grpc.UntypedServiceImplementation {
  const answer = answering(requests);
  const service: Partial<Record<keyof IResourceMonitorServer, unknown>> = {
    supportsFeature: answer(async (request: SupportsFeatureRequest) => {
      const response = new SupportsFeatureResponse();
      response.setHassupport(FEATURES.has(request.getId()));
      return response;
    }),
    registerResource: answer(async (request: RegisterResourceRequest) =>
      registered(await requests.register(readRegistration(request, folders))),
    ),
    registerResourceOutputs: answer(async (request: RegisterResourceOutputsRequest) => {
      const outputs = withAssetHashes(fromStruct(request.getOutputs()), folders.program);
      await requests.registerOutputs(request.getUrn(), outputs);
      return new Empty();
    }),
    invoke: answer(async (request: ResourceInvokeRequest) => {
      const result = await requests.invoke({
        token: request.getTok(),
        args: fromStruct(request.getArgs()),
        provider: request.getProvider(),
        version: request.getVersion(),
      });
      const response = new InvokeResponse();
      response.setReturn(toStruct(result));
      return response;
    }),
    signalAndWaitForShutdown: answer(async () => {
      await requests.shutdown();
      return new Empty();
    }),
    readResource: answer(unsupported("reading a resource (Resource.get, StackReference)")),
    call: answer(unsupported("calling a method of a remote component")),
    registerStackTransform: answer(unsupported("a stack transform")),
    registerStackInvokeTransform: answer(unsupported("an invoke transform")),
    registerResourceHook: answer(unsupported("a resource hook")),
    registerErrorHook: answer(unsupported("an error hook")),
    registerPackage: answer(unsupported("a parameterized package")),
  };
  return service as grpc.UntypedServiceImplementation;
}

function registered({ state, outcome }: Registered): RegisterResourceResponse {
  const response = new RegisterResourceResponse();
  response.setUrn(state.urn);
  response.setResult(OUTCOMES[outcome]);
  // A local component has its outputs in the program.
  response.setObject(toStruct(state.custom ? (state.outputs ?? {}) : {}));
  // The SDK takes an empty id as unknown, but a provider's must be a text to be part of a reference.
  if (state.custom) response.setId(state.id ?? (isProviderType(state.type) ? UNKNOWN : ""));
  return response;
}
