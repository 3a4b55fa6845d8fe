import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isObject, type PropertyMap, type PropertyValue, UNKNOWN } from "../../property-value";
import type { CheckResult } from "../../provider";

/** How a Docker engine is reached and with which registries it may speak. */
export interface DockerConfig {
  /** `unix://`, `tcp://` or `ssh://`. Default: DOCKER_HOST, else the socket of this machine. */
  host: string;
  /** Arguments for `ssh`, before the host. Default: DOCKER_SSH_OPTS, split at blanks. */
  sshOpts: string[];
  /** PEM texts; with them, or with files of these names in DOCKER_CERT_PATH, `tcp://` is spoken over TLS. */
  tls?: { ca: string; cert: string; key: string };
  registryAuth: RegistryLogin[];
  /** Whether the engine has to answer before anything is planned, so that a run without it fails before it began. */
  mustAnswer: boolean;
}

export interface RegistryLogin {
  address: string;
  username?: string;
  password?: string;
  /** A file, or the text of one, in the format of Docker's `config.json`. Default file: `~/.docker/config.json`. */
  configFile?: string;
  configFileContent?: string;
  authDisabled?: boolean;
}

const SUPPORTED = [
  "caMaterial",
  "certMaterial",
  "certPath",
  "disableDockerDaemonCheck",
  "host",
  "keyMaterial",
  "registryAuth",
  "sshOpts",
  "version",
];

/** Refuses what the embedded engine cannot honour, and values that cannot be read, without showing them. */
export function checkDockerConfig(inputs: PropertyMap): CheckResult {
  const failures: Required<CheckResult>["failures"] = [];
  for (const [key, value] of Object.entries(inputs)) {
    if (!SUPPORTED.includes(key)) {
      const reason = `is not supported by the embedded engine, which has ${SUPPORTED.join(", ")}`;
      failures.push({ property: key, reason: `${reason}; use Pulumi's CLI for this` });
    } else if (key === "registryAuth" && value !== UNKNOWN && !isListOf(value, isLogin)) {
      failures.push({ property: key, reason: "must be a list of { address, username, password }" });
    } else if (key === "sshOpts" && value !== UNKNOWN && !isListOf(value, (entry) => typeof entry === "string")) {
      failures.push({ property: key, reason: "must be a list of strings" });
    }
  }
  const { host } = inputs;
  if (typeof host === "string" && host !== UNKNOWN && host !== "" && !/^(unix|tcp|ssh):\/\//.test(host)) {
    failures.push({ property: "host", reason: `is "${host}"; it must begin with unix://, tcp:// or ssh://` });
  }
  return { inputs, failures };
}

/** `directory`: what relative paths start from. */
export function dockerConfig(
  inputs: PropertyMap,
  env: NodeJS.ProcessEnv = process.env,
  directory = process.cwd(),
): DockerConfig {
  return {
    host: text(inputs.host) || env.DOCKER_HOST || "unix:///var/run/docker.sock",
    sshOpts: listOf(inputs.sshOpts)?.map(String) ?? env.DOCKER_SSH_OPTS?.split(/\s+/).filter(Boolean) ?? [],
    tls: tlsOf(inputs, env, directory),
    registryAuth: (listOf(inputs.registryAuth) ?? []).map((login) => located(login, directory)),
    mustAnswer: ![true, "true"].includes(inputs.disableDockerDaemonCheck as boolean | string),
  };
}

function located(value: PropertyValue, directory: string): RegistryLogin {
  const login = value as unknown as RegistryLogin;
  if (!login.configFile) return login;
  return { ...login, configFile: resolve(directory, login.configFile.replace(/^~(?=\/)/, homedir())) };
}

function tlsOf(inputs: PropertyMap, env: NodeJS.ProcessEnv, directory: string): DockerConfig["tls"] {
  const [ca, cert, key] = [text(inputs.caMaterial), text(inputs.certMaterial), text(inputs.keyMaterial)];
  if (ca && cert && key) return { ca, cert, key };
  const certificates = text(inputs.certPath) || env.DOCKER_CERT_PATH;
  if (!certificates) return undefined;
  const read = (name: string) => readFileSync(resolve(directory, certificates, name), "utf8");
  return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}

/** The login for a registry, in the form that Docker's API takes; undefined where none is configured. */
export function registryLogin(
  { registryAuth }: DockerConfig,
  registry: string,
): { username: string; password: string; serveraddress: string } | undefined {
  const login = registryAuth.find(({ address }) => registryHost(address) === registryHost(registry));
  if (!login) return undefined;
  const serveraddress = login.address;
  // The API wants some credentials even where the registry asks for none.
  if (login.authDisabled) return { username: "anonymous", password: "anonymous", serveraddress };
  if (login.configFileContent) return { ...fromConfig(login.configFileContent, registry), serveraddress };
  if (login.username) return { username: login.username, password: login.password ?? "", serveraddress };
  const file = login.configFile || join(homedir(), ".docker/config.json");
  if (!existsSync(file)) throw new Error(`registryAuth of ${login.address}: there is no ${file}; give it a username`);
  return { ...fromConfig(readFileSync(file, "utf8"), registry), serveraddress };
}

function fromConfig(config: string, registry: string): { username: string; password: string } {
  let auths: Record<string, { auth?: string; username?: string; password?: string }>;
  try {
    auths = JSON.parse(config).auths ?? {};
  } catch {
    throw new Error(`registryAuth of ${registry}: its Docker configuration is not JSON`);
  }
  const entry = Object.entries(auths).find(([address]) => registryHost(address) === registryHost(registry))?.[1];
  if (entry?.username) return { username: entry.username, password: entry.password ?? "" };
  const [username, ...password] = Buffer.from(entry?.auth ?? "", "base64")
    .toString()
    .split(":");
  if (!username) {
    throw new Error(
      `registryAuth of ${registry}: its Docker configuration holds no login for it (credential helpers are not ` +
        "supported by the embedded engine: give it a username and a password)",
    );
  }
  return { username, password: password.join(":") };
}

/** `https://index.docker.io/v1/`, `docker.io` and `registry-1.docker.io` are the same registry. */
function registryHost(address: string): string {
  const host = address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return ["index.docker.io", "registry-1.docker.io"].includes(host) ? "docker.io" : host;
}

/** Provider inputs travel as JSON texts, unless they are strings. */
function listOf(value: PropertyValue | undefined): PropertyValue[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== "string" || value === "") return undefined;
  try {
    const parsed: PropertyValue = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isListOf(value: PropertyValue, isEntry: (entry: PropertyValue) => boolean): boolean {
  return listOf(value)?.every(isEntry) ?? false;
}

function isLogin(value: PropertyValue): boolean {
  return isObject(value) && typeof value.address === "string";
}

function text(value: PropertyValue | undefined): string {
  return typeof value === "string" ? value : "";
}
