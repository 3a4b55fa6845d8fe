import { ContractError } from "./contract-error";

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
  return answer?.headers.get("docker-content-digest") ?? undefined;
}

async function digestByLabel(repository: Repository, version: string): Promise<string | undefined> {
  for (const tag of (await tagsOf(repository)).slice(-MOST_TAGS)) {
    const answer = await ask(repository, `manifests/${tag}`, { accept: MANIFESTS });
    const manifest = (await answer?.json()) as { config?: { digest: string } } | undefined;
    if (!manifest?.config) continue;
    const blob = await ask(repository, `blobs/${manifest.config.digest}`, {});
    const image = (await blob?.json()) as { config?: { Labels?: Record<string, string> } } | undefined;
    if (image?.config?.Labels?.[VERSION_LABEL] === version) {
      return answer?.headers.get("docker-content-digest") ?? undefined;
    }
  }
  return undefined;
}

async function tagsOf(repository: Repository): Promise<string[]> {
  const answer = await ask(repository, "tags/list", {});
  return ((await answer?.json()) as { tags?: string[] | null } | undefined)?.tags ?? [];
}

/** `undefined` for what is not there. */
async function ask(
  repository: Repository,
  what: string,
  { method = "GET", accept = "application/json" }: { method?: string; accept?: string },
): Promise<Response | undefined> {
  const { registry, path } = repository;
  const url = `${schemeOf(registry)}://${registry}/v2/${path}/${what}`;
  const send = (authorization?: string) =>
    fetch(url, {
      method,
      headers: { accept, ...(authorization && { authorization }) },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: Error & { cause?: Error }) => {
      throw new ContractError(`the registry ${registry} does not answer: ${error.cause?.message ?? error.message}`, 1);
    });
  let answer = await send();
  if (answer.status === 401) answer = await send(await authorizationFor(repository, answer));
  if (answer.status === 404) return undefined;
  if (answer.status === 401 || answer.status === 403) {
    throw new ContractError(
      `the registry ${registry} refuses the login; set slipway:registries.${registry}.username and .password`,
      1,
    );
  }
  if (!answer.ok) throw new ContractError(`the registry ${registry} answered ${answer.status} for ${path}`, 1);
  return answer;
}

/** What the registry asks for: the login itself, or a token that another server gives for it. */
async function authorizationFor({ login }: Repository, refused: Response): Promise<string | undefined> {
  const challenge = refused.headers.get("www-authenticate") ?? "";
  const basic = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  if (!/^bearer /i.test(challenge)) return basic;
  const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1] ?? "";
  const url = new URL(part("realm"));
  for (const name of ["service", "scope"]) if (part(name)) url.searchParams.set(name, part(name));
  const answer = await fetch(url, {
    headers: basic ? { authorization: basic } : {},
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const { token, access_token } = (await answer.json()) as { token?: string; access_token?: string };
  return `Bearer ${token ?? access_token ?? ""}`;
}

/** As Docker: only this machine's own addresses are spoken to in the clear. */
function schemeOf(registry: string): "http" | "https" {
  return /^(localhost|127(\.\d+){3})(:\d+)?$/.test(registry) ? "http" : "https";
}
