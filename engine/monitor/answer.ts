import { type handleUnaryCall, status } from "@grpc/grpc-js";
import { Halted } from "../halt";
import type { ProgramRequests } from "./requests";
import { UnsupportedError } from "./unsupported";

export type Answer = <Request, Response>(
  handle: (request: Request) => Promise<Response>,
) => handleUnaryCall<Request, Response>;

/**
 * Answers calls of the program. After the end the status is UNAVAILABLE: the SDK then stays silent and exits 0, while any
 * other error makes it report, or even wait for ever. What is not supported ends the deployment: some of the SDK's calls
 * swallow the error that they get.
 */
export function answering(requests: ProgramRequests): Answer {
  return (handle) => (call, callback) => {
    // A promise first, so that what `handle` throws at once is answered, too.
    Promise.resolve(call.request)
      .then(handle)
      .catch((error: unknown) => {
        if (error instanceof UnsupportedError) return requests.refuse(error);
        throw error;
      })
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(asStatus(error)),
      );
  };
}

/** For calls that this engine does not have. */
export function unsupported(what: string): () => Promise<never> {
  return async () => {
    throw new UnsupportedError(what);
  };
}

function asStatus(error: unknown) {
  if (error instanceof Halted) return { code: status.UNAVAILABLE, details: error.message };
  return { code: status.UNKNOWN, details: error instanceof Error ? error.message : String(error) };
}
