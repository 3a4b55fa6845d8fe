import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, ConnectConfig } from "ssh2";
import type { CreateRequest } from "../../provider";

/** How a host is reached, as `command.types.input.remote.ConnectionArgs`. */
export interface Connection {
  host: string;
  /** Default: 22. */
  port?: number;
  /** Default: root. */
  user?: string;
  password?: string;
  privateKey?: string;
  privateKeyPassword?: string;
  /** Default: SSH_AUTH_SOCK. */
  agentSocketPath?: string;
  /** The only key that the host may show, as a line of `authorized_keys`. Without it any key is taken. */
  hostKey?: string;
  /** Attempts to connect; -1 for no limit. Default: 10. */
  dialErrorLimit?: number;
  /** Seconds for one attempt; 0 for no limit. Default: 15. */
  perDialTimeout?: number;
  /** A host to go through. */
  proxy?: Omit<Connection, "proxy">;
}

type Watcher = Pick<CreateRequest, "signal" | "log">;

/** Waits between attempts, in milliseconds: the first, by what it grows, and the longest. */
const RETRY = { first: 500, factor: 2, longest: 5_000 };
/** A connection without a sign of life for so long, in milliseconds, is lost; the host is asked for one this often. */
const KEEPALIVE = { interval: 10_000, missed: 3 };

/** Hosts already warned about in this process. */
const unpinned = new Set<string>();

/** Connects, going through the proxy where there is one. The caller ends the connection, and with it the proxy's. */
export async function connectSsh(connection: Connection, watcher: Watcher): Promise<Client> {
  if (!connection.proxy) return dialWithRetry(connection, watcher);
  const proxy = await dialWithRetry(connection.proxy, watcher).catch((error) => {
    throw new Error(`proxy: ${error.message}`);
  });
  try {
    const client = await dialWithRetry(connection, watcher, proxy);
    client.on("close", () => proxy.end());
    return client;
  } catch (error) {
    proxy.end();
    throw error;
  }
}

async function dialWithRetry(connection: Connection, watcher: Watcher, proxy?: Client): Promise<Client> {
  const limit = connection.dialErrorLimit ?? 10;
  for (let attempt = 1, wait = RETRY.first; ; attempt++) {
    watcher.signal.throwIfAborted();
    try {
      return await dial(connection, watcher, proxy);
    } catch (error) {
      if (error instanceof HostKeyError || error instanceof CredentialsError) throw error;
      const reason = explained(error as Error, connection);
      if ((error as { level?: string }).level === "client-authentication") throw new Error(reason);
      if (limit >= 0 && attempt >= limit) throw new Error(`after ${attempt} failed attempts: ${reason}`);
      watcher.log("info", `Dial ${attempt}/${limit < 0 ? "inf" : limit} failed: ${reason}; retrying`);
      await sleep(wait, undefined, { signal: watcher.signal });
      wait = Math.min(wait * RETRY.factor, RETRY.longest);
    }
  }
}

async function dial(connection: Connection, watcher: Watcher, proxy?: Client): Promise<Client> {
  const { host, port = 22, perDialTimeout = 15 } = connection;
  const sock = proxy && (await forwarded(proxy, host, port));
  const ssh = await import("ssh2"); // Only now: most programs run no remote command.
  const client = new ssh.Client();
  let refusal: HostKeyError | undefined;
  return new Promise((resolve, reject) => {
    const stop = () => {
      client.destroy();
      reject(watcher.signal.reason);
    };
    watcher.signal.addEventListener("abort", stop, { once: true });
    client.once("ready", () => {
      watcher.signal.removeEventListener("abort", stop);
      resolve(client);
    });
    client.on("error", (error) => reject(refusal ?? error));
    client.on("close", () => reject(refusal ?? new Error(`${host} closed the connection`)));
    // Without it ssh2 answers the questions of this method with nothing.
    client.on("keyboard-interactive", (_name, _instructions, _language, prompts, answer) =>
      answer(prompts.map(() => connection.password ?? "")),
    );
    const hostVerifier = (key: Buffer): boolean => {
      refusal = hostKeyRefusal(connection, key, watcher);
      return refusal === undefined;
    };
    try {
      client.connect({
        ...{ host, port, sock, hostVerifier, ...credentials(connection), ...hostKeyAlgorithms(connection.hostKey) },
        readyTimeout: perDialTimeout * 1000,
        keepaliveInterval: KEEPALIVE.interval,
        keepaliveCountMax: KEEPALIVE.missed,
      });
    } catch (error) {
      // Only what it was given to log in with can be wrong by now; the message quotes none of it.
      reject(new CredentialsError(`connection.privateKey cannot be used: ${(error as Error).message}`));
    }
  });
}

function forwarded(proxy: Client, host: string, port: number): Promise<ConnectConfig["sock"]> {
  return new Promise((resolve, reject) => {
    proxy.forwardOut("127.0.0.1", 0, host, port, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

function credentials(connection: Connection): ConnectConfig {
  const { user = "root", password, privateKey, privateKeyPassword: passphrase } = connection;
  const agent = connection.agentSocketPath ?? process.env.SSH_AUTH_SOCK;
  const methods: ConnectConfig["authHandler"] = [
    ...(privateKey ? (["publickey"] as const) : []),
    ...(password ? (["password", "keyboard-interactive"] as const) : []),
    ...(agent ? (["agent"] as const) : []),
  ];
  return { username: user, password, privateKey, passphrase, agent, tryKeyboard: true, authHandler: methods };
}

/** The host is asked for the kind of key that is pinned: it may have others. */
function hostKeyAlgorithms(hostKey: string | undefined): ConnectConfig {
  if (!hostKey) return {};
  const { type } = pinnedKey(hostKey);
  const serverHostKey = type === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [type];
  return { algorithms: { serverHostKey } } as ConnectConfig;
}

function hostKeyRefusal({ host, hostKey }: Connection, shown: Buffer, { log }: Watcher): HostKeyError | undefined {
  const fingerprint = (key: Buffer) => `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
  if (!hostKey) {
    if (!unpinned.has(host)) {
      unpinned.add(host);
      const line = `${host} is taken at its word: its key is not checked (it showed ${fingerprint(shown)})`;
      log("warning", `${line}. Pin it with connection.hostKey, a line of "ssh-keyscan ${host}"`);
    }
    return undefined;
  }
  const pinned = pinnedKey(hostKey).key;
  if (pinned.equals(shown)) return undefined;
  return new HostKeyError(
    `host key mismatch: ${host} showed ${fingerprint(shown)}, connection.hostKey is ${fingerprint(pinned)}. ` +
      "Either the host was made anew, or somebody else answers in its place; nothing was sent to it",
  );
}

/** Reads `ssh-ed25519 AAAA… comment`, also after a host name as in `known_hosts`. */
function pinnedKey(hostKey: string): { type: string; key: Buffer } {
  const [, type, base64] = /(?:^|\s)((?:ssh|ecdsa|sk)-\S+)\s+([A-Za-z0-9+/]+=*)/.exec(hostKey) ?? [];
  const key = Buffer.from(base64 ?? "", "base64");
  // A key begins with its own type, after four bytes of length.
  if (!type || key.subarray(4, 4 + type.length).toString() !== type) {
    throw new CredentialsError('connection.hostKey cannot be read; it looks like "ssh-ed25519 AAAA…"');
  }
  return { type, key };
}

function explained(error: Error, { host, port = 22, user = "root", perDialTimeout = 15 }: Connection): string {
  const { code, level } = error as { code?: string; level?: string };
  if (level === "client-authentication") return `${host} does not let ${user} in with the key, password or agent given`;
  if (level === "client-timeout") return `${host}:${port} did not answer in ${perDialTimeout} s`;
  if (code === "ECONNREFUSED") return `${host}:${port}: connection refused`;
  return `${host}:${port}: ${error.message}`;
}

/** The host is not who it should be. Never tried again. */
class HostKeyError extends Error {}

/** What was given to log in with, or to check the host, cannot be read. Never tried again. */
class CredentialsError extends Error {}
