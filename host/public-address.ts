import { request } from "node:https";
import type { LookupFunction } from "node:net";
import type { Finding } from "./finding";
import { answerWithin } from "./request-deadline";
import { isTransientFault, isTransientStatus, retry } from "./retry";

/** Where most projects answer for their health through the gateway. */
const HEALTH_PATH = "/healthz";
/** Longest wait for one answer, in milliseconds. */
const TIMEOUT_MS = 10_000;

export interface PublicAddressOptions {
  /** Path that is asked. Default `/healthz`, which has to answer 2xx; any other may answer what is no failure. */
  path?: string;
  /** Default 443. */
  port?: number;
  /** Certificate authorities to trust instead of the system's. */
  ca?: string;
  /** Instead of the system's. */
  lookup?: LookupFunction;
  /** The clock of tests. */
  pause?: (milliseconds: number) => Promise<void>;
}

/**
 * Asks each domain as the public does (MT-19): its name resolves, its certificate is good, its path answers well,
 * and it is this release that answers. Transient faults are tried again.
 */
export async function checkPublicAddress(
  domains: string[],
  release: string,
  options: PublicAddressOptions = {},
): Promise<Finding[]> {
  const { path = HEALTH_PATH } = options;
  const found = await Promise.all(
    domains.map(async (domain): Promise<Finding[]> => {
      const failure = await whyNotReached(domain, release, options);
      return failure === undefined ? [] : [{ check: `https://${domain}${path}`, severity: "error", text: failure }];
    }),
  );
  return found.flat();
}

async function whyNotReached(
  domain: string,
  release: string,
  { pause, ...options }: PublicAddressOptions,
): Promise<string | undefined> {
  try {
    await retry(() => ask(domain, release, options), { isTransient: isTransientFault, ...(pause && { pause }) });
    return undefined;
  } catch (error) {
    return explain(error as Error, domain);
  }
}

function ask(domain: string, release: string, options: PublicAddressOptions): Promise<void> {
  const { path = HEALTH_PATH, port = 443, ca, lookup } = options;
  const highest = path === HEALTH_PATH ? 299 : 499;
  return new Promise((done, fail) => {
    const sent = request({ host: domain, port, path, agent: false, ca, lookup }, (answer) => {
      answer.resume();
      const status = answer.statusCode ?? 0;
      const served = answer.headers["x-slipway-release"];
      answer.on("error", fail);
      answer.on("end", () => {
        if (status < 200 || status > highest) {
          const error = new Error(`it answered ${status}`);
          return fail(isTransientStatus(status) ? Object.assign(error, { status }) : error);
        }
        if (served === release) return done();
        fail(new Error(`release ${served ?? "none"} answers instead of ${release}: does the name lead to this host?`));
      });
    });
    const late = Object.assign(new Error(`no answer within ${TIMEOUT_MS / 1000} s`), { code: "ETIMEDOUT" });
    answerWithin(sent, TIMEOUT_MS, late);
    sent.on("error", fail);
    sent.end();
  });
}

function explain(error: Error & { code?: string }, domain: string): string {
  const { code = "", message } = error;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return `the name does not resolve (${code}); point a DNS record of ${domain} at this host`;
  }
  if (/^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO)/.test(code)) {
    return `its certificate is not good (${code}): ${message}`;
  }
  return message;
}
