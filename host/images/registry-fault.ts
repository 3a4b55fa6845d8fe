import type { RetryOptions } from "../retry";

/** What a registry that is merely out of reach for a moment makes Docker say. */
const TRANSIENT =
  /connection refused|connection reset|i\/o timeout|TLS handshake timeout|unexpected EOF|: EOF|no route to host|temporary failure in name resolution|server misbehaving|Client\.Timeout|deadline exceeded|\b(429|50[0234])\b|too ?many ?requests/i;
const REFUSED_LOGIN = /denied|no basic auth|unauthorized|authentication required/i;

/** How Docker is asked again for what it has from a registry (SC-12): the first attempt, and three more. */
export const REGISTRY_RETRY: Pick<RetryOptions, "attempts" | "isTransient"> = {
  attempts: 4,
  isTransient: (error) => TRANSIENT.test(reasonOf(error)),
};

export function wantsLogin(error: unknown): boolean {
  const { statusCode } = error as { statusCode?: number };
  return statusCode === 401 || statusCode === 403 || REFUSED_LOGIN.test(reasonOf(error));
}

/** Docker's own words: the client puts its status before them, and 500 is that of whatever a registry answers. */
export function reasonOf(error: unknown): string {
  return (error as Error).message.trim().replace(/^\(HTTP code \d+\) [\w ]+ - /, "");
}
