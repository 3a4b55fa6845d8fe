import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, Server, type Session, utils } from "ssh2";
import { sshKeyPair } from "../support/ssh-key";

/** Commands that were started and have not ended. */
const running = new Set<ChildProcess>();

/**
 * An SSH server on a port of 127.0.0.1 that the kernel chose. It lets one key in, runs commands with this account's
 * shell, and takes only variables whose names are one letter: the server of the records refused the others, as a stock
 * sshd does.
 */
export class SshServer {
  /** How often somebody logged in. */
  logins = 0;
  /** Commands at a time that one connection may run. */
  maxSessions = 10;
  readonly folder = mkdtempSync(join(tmpdir(), "slipway-golden-ssh-"));
  private readonly hostKey = sshKeyPair();
  private readonly otherHostKey = sshKeyPair();
  private readonly key = sshKeyPair();
  private readonly otherKey = sshKeyPair();
  private readonly connections = new Set<Connection>();
  private readonly server = new Server({ hostKeys: [this.hostKey.private] }, (connection) => this.serve(connection));

  private constructor() {
    writeFileSync(join(this.folder, "key"), this.key.private, { mode: 0o600 });
    writeFileSync(join(this.folder, "other-key"), this.otherKey.private, { mode: 0o600 });
  }

  static async start(): Promise<SshServer> {
    const server = new SshServer();
    await new Promise<void>((listening) => server.server.listen(0, "127.0.0.1", listening));
    return server;
  }

  /** The variables that the programs of 18-ssh read. */
  get variables(): { [name: string]: string } {
    return {
      GOLDEN_SSH_PORT: String((this.server.address() as AddressInfo).port),
      GOLDEN_SSH_USER: "golden",
      GOLDEN_SSH_KEY: join(this.folder, "key"),
      GOLDEN_SSH_OTHER_KEY: join(this.folder, "other-key"),
      GOLDEN_SSH_HOST_KEY: this.hostKey.public.trim(),
      GOLDEN_SSH_OTHER_HOST_KEY: this.otherHostKey.public.trim(),
      GOLDEN_SSH_DIR: this.folder,
    };
  }

  async stop(): Promise<void> {
    for (const child of running) child.kill("SIGKILL");
    for (const connection of this.connections) connection.end();
    await new Promise<void>((closed) => this.server.close(() => closed()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private serve(connection: Connection): void {
    this.connections.add(connection);
    connection.on("close", () => this.connections.delete(connection));
    connection.on("error", () => connection.end());
    const allowed = utils.parseKey(this.key.public);
    if (allowed instanceof Error) throw allowed;
    connection.on("authentication", (context) => {
      if (context.method !== "publickey" || !context.key.data.equals(allowed.getPublicSSH()))
        return context.reject(["publickey"]);
      if (
        context.signature &&
        context.blob &&
        allowed.verify(context.blob, context.signature, context.hashAlgo) !== true
      ) {
        return context.reject(["publickey"]);
      }
      context.accept();
    });
    connection.on("ready", () => {
      this.logins++;
      let sessions = 0;
      connection.on("session", (accept, reject) => {
        if (sessions >= this.maxSessions) return reject();
        sessions++;
        run(accept(), () => {
          sessions--;
        });
      });
    });
  }
}

function run(session: Session, ended: () => void): void {
  session.on("close", ended);
  const environment: { [name: string]: string } = {};
  session.on("env", (accept, reject, { key, val }) => {
    if (!/^[A-Z]$/.test(key)) return reject?.();
    environment[key] = val;
    accept?.();
  });
  session.on("exec", (accept, _reject, { command }) => {
    const channel = accept();
    const child = spawn("sh", ["-c", command], { env: { PATH: process.env.PATH, ...environment } });
    running.add(child);
    child.on("close", () => running.delete(child));
    child.stdin.on("error", () => undefined); // The command may end without reading what is sent to it.
    channel.pipe(child.stdin);
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    child.on("close", (code) => {
      channel.exit(code ?? 255);
      channel.end();
    });
  });
}
