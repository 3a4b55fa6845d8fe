import type { Applied } from "./apply";

/** Of an update that did not end well though its release went live: why, and what to do. */
export function whatIsLeft(version: string, { canceled, error }: Applied, stack: string): string {
  const why = canceled
    ? `interrupted after ${version} went live, which stays`
    : `${version} is live and stays, but not all of the release before could be taken away: ${error}`;
  return `${why}; to do what is left: slipway up --stack ${stack}`;
}
