import type * as grpc from "@grpc/grpc-js";
import {
  GetRootResourceResponse,
  type LogRequest,
  LogSeverity,
  type SetRootResourceRequest,
  SetRootResourceResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import type { Severity } from "../events";
import { answering, unsupported } from "./answer";
import type { ProgramRequests } from "./requests";

const SEVERITIES: Record<LogSeverity, Severity> = {
  [LogSeverity.DEBUG]: "debug",
  [LogSeverity.INFO]: "info",
  [LogSeverity.WARNING]: "warning",
  [LogSeverity.ERROR]: "error",
};

export function engineService(requests: ProgramRequests): grpc.UntypedServiceImplementation {
  const answer = answering(requests);
  let root = "";
  return {
    log: answer(async (request: LogRequest) => {
      requests.log({
        urn: request.getUrn(),
        message: request.getMessage(),
        severity: SEVERITIES[request.getSeverity()],
        ephemeral: request.getEphemeral(),
      });
      return new Empty();
    }),
    setRootResource: answer(async (request: SetRootResourceRequest) => {
      root = request.getUrn();
      return new SetRootResourceResponse();
    }),
    getRootResource: answer(async () => {
      const response = new GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    startDebugging: answer(unsupported("attaching a debugger")),
    requirePulumiVersion: answer(unsupported("requirePulumiVersion")),
  } as grpc.UntypedServiceImplementation;
}
