import { ContractError } from "./contract-error";
import { fetchWithin } from "./fetch-within";
import { isTransientFault, isTransientStatus, retry } from "./retry";

/** Where an image is, and who may ask for it. */
export interface Repository {
  /** `host[:port]`. */
  registry: string;
  /** `shop/web`. */
  path: string;
  login?: { username: string; password: string };
}

/** Media types of manifests that Docker can pull. */
const MANIFESTS = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
].join(", ");
/** Label by which images say what they are (OCI's annotations). */
const VERSION_LABEL = "org.opencontainers.image.version";
/** Tags that are looked into for that label. */
const MOST_TAGS = 200;
const TIMEOUT_MS = 10_000;

/** Answer: container name to image by digest. */
export interface ResolveRequest {
  version: string;
  /** Container name to an image of the same repository, by digest. */
  images: Record<string, string>;
  /** Registry host to its login. Secret. */
  logins: Record<string, { username: string; password: string }>;
}

/** Asked from the host, as it is the host that pulls: its own registry answers there only. */
export async function resolveImages({ version, images, logins }: ResolveRequest): Promise<Record<string, string>> {
  const resolved = Object.entries(images).map(async ([name, reference]) => {
    const repository = repositoryOf(reference);
    const login = logins[repository.registry];
    return [name, await resolveVersion({ ...repository, ...(login && { login }) }, version)] as const;
  });
  return Object.fromEntries(await Promise.all(resolved));
}

/** The repository of a reference by digest. */
export function repositoryOf(reference: string): Omit<Repository, "login"> {
  const [name = ""] = reference.split("@");
  const at = name.indexOf("/");
  return { registry: name.slice(0, at), path: name.slice(at + 1) };
}

/**
 * The reference by digest of a version: of the tag of that name, else of the image whose version label says so. Throws
 * `ContractError` 1 naming the registry when there is none, or it refuses.
 */
export async function resolveVersion(repository: Repository, version: string): Promise<string> {
  const digest = (await digestOf(repository, version)) ?? (await digestByLabel(repository, version));
  const name = `${repository.registry}/${repository.path}`;
  if (digest) return `${name}@${digest}`;
  const tags = await tagsOf(repository);
  throw new ContractError(
    `${name} has no version ${version}: neither a tag of that name nor an image whose label ${VERSION_LABEL} says so; ` +
      `its tags: ${tags.slice(-10).join(", ") || "none"}`,
    1,
  );
}

async function digestOf(repository: Repository, tag: string): Promise<string | undefined> {
  const answer = await ask(repository, `manifests/${encodeURIComponent(tag)}`, { method: "HEAD", accept: MANIFESTS });
  return answer?.digest;
}

async function digestByLabel(repository: Repository, version: string): Promise<string | undefined> {
  for (const tag of (await tagsOf(repository)).slice(-MOST_TAGS)) {
    const answer = await ask(repository, `manifests/${tag}`, { accept: MANIFESTS });
    const manifest = contentOf<{ config?: { digest: string } }>(answer);
    if (!manifest?.config) continue;
    const blob = await ask(repository, `blobs/${manifest.config.digest}`, {});
    const image = contentOf<{ config?: { Labels?: Record<string, string> } }>(blob);
    if (image?.config?.Labels?.[VERSION_LABEL] === version) return answer?.digest;
  }
  return undefined;
}

async function tagsOf(repository: Repository): Promise<string[]> {
  return contentOf<{ tags?: string[] | null }>(await ask(repository, "tags/list", {}))?.tags ?? [];
}

function contentOf<T>(answer: Answer | undefined): T | undefined {
  return answer && (JSON.parse(answer.text) as T);
}

interface Answer {
  text: string;
  /** Of the manifest that it is. */
  digest?: string;
}

/** `undefined` for what is not there. */
async function ask(
  repository: Repository,
  what: string,
  { method = "GET", accept = "application/json" }: { method?: string; accept?: string },
): Promise<Answer | undefined> {
  const { registry, path } = repository;
  const url = `${schemeOf(registry)}://${registry}/v2/${path}/${what}`;
  const send = (authorization?: string) =>
    sendPatiently(url, { method, headers: { accept, ...(authorization && { authorization }) } });
  try {
    let answer = await send();
    if (answer.status === 401) answer = await send(await authorizationFor(repository, answer));
    if (answer.status === 404) return undefined;
    if (answer.status === 401 || answer.status === 403) {
      throw new ContractError(
        `the registry ${registry} refuses the login; set slipway:registries.${registry}.username and .password`,
        1,
      );
    }
    if (answer.status >= 300) throw new StatusError(answer.status);
    const digest = answer.headers.get("docker-content-digest");
    return { text: answer.text, ...(digest && { digest }) };
  } catch (error) {
    if (error instanceof ContractError) throw error;
    if (error instanceof StatusError) {
      throw new ContractError(`the registry ${registry} answered ${error.status} for ${path}`, 1);
    }
    const { cause, message } = error as Error & { cause?: Error };
    throw new ContractError(`the registry ${registry} does not answer: ${cause?.message ?? message}`, 1);
  }
}

/** Something is wrong with what was asked, or with who was asked. */
class StatusError extends Error {
  constructor(readonly status: number) {
    super(`it answered ${status}`);
  }
}

interface Received {
  status: number;
  headers: Headers;
  text: string;
}

/** Tried again while whoever is asked is busy or not reached (SC-12); a refusal, or what is not there, is an answer. */
function sendPatiently(url: string | URL, init: RequestInit): Promise<Received> {
  return retry(
    async () => {
      const answer = await fetchWithin(TIMEOUT_MS, url, init);
      const { status, headers } = answer;
      const text = await answer.text();
      if (isTransientStatus(status)) throw new StatusError(status);
      return { status, headers, text };
    },
    { isTransient: isTransientFault },
  );
}

/** What the registry asks for: the login itself, or a token that another server gives for it. */
async function authorizationFor({ login }: Repository, refused: Received): Promise<string | undefined> {
  const challenge = refused.headers.get("www-authenticate") ?? "";
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  if (!/^bearer /i.test(challenge)) return basic;
  const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? "";
  const url = new URL(part("realm"));
  for (const name of ["service", "scope"]) if (part(name)) url.searchParams.set(name, part(name));
  const answer = await sendPatiently(url, { headers: basic ? { authorization: basic } : {} });
  const { token, access_token } = JSON.parse(answer.text) as { token?: string; access_token?: string };
  return `Bearer ${token ?? access_token ?? ""}`;
}

/** As Docker: only this machine's own addresses are spoken to in the clear. */
function schemeOf(registry: string): "http" | "https" {
  return /^(localhost|127(\.\d+){3})(:\d+)?$/.test(registry) ? "http" : "https";
}
