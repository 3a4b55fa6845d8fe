import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import Docker from "dockerode";
import { collect } from "../../host/docker";
import { removeLeftovers, removeStack, stackName } from "./leftovers";
import { inMemory } from "./memory-volume";

/** What the platform gives every container of a release. */
const HARDENED: Docker.HostConfig = {
  ReadonlyRootfs: true,
  Tmpfs: { "/tmp": "size=64m,mode=1777" },
  CapDrop: ["ALL"],
  SecurityOpt: ["no-new-privileges:true"],
  Memory: 256 * 1024 * 1024,
  PidsLimit: 256,
};

export interface SandboxOptions {
  /** Name in the sandbox's network. */
  alias?: string;
  /** Beside the sandbox's own. */
  labels?: Record<string, string>;
  env?: Record<string, string>;
  command?: string[];
  /** In place of the image's. */
  entrypoint?: string[];
  /** Port of the container that is published on a loopback port. */
  port?: number;
  /** Bind mounts and volumes, as `source:target[:ro]`. */
  binds?: string[];
  /** Default: the image's. */
  user?: string;
  /** As the containers of a release run. Default true. */
  hardened?: boolean;
}

export interface SandboxContainer {
  id: string;
  /** Loopback port of `port`; 0 without one. */
  port: number;
}

/** Containers on a network of their own, removed together. */
export class Sandbox implements AsyncDisposable {
  readonly docker = new Docker();
  readonly name = stackName(randomBytes(3).toString("hex"));
  private readonly labels = { "slipway.stack": this.name };

  static async create(): Promise<Sandbox> {
    const sandbox = new Sandbox();
    await removeLeftovers(sandbox.docker);
    await sandbox.docker.createNetwork({ Name: sandbox.name, Labels: sandbox.labels });
    return sandbox;
  }

  async run(image: string, options: SandboxOptions = {}): Promise<SandboxContainer> {
    const { alias, env = {}, command, entrypoint, user, port, binds, labels, hardened = true } = options;
    const container = await this.docker.createContainer({
      Image: image,
      Cmd: command,
      Entrypoint: entrypoint,
      User: user,
      Env: Object.entries(env).map(([key, value]) => `${key}=${value}`),
      Labels: { ...this.labels, ...labels },
      ExposedPorts: port ? { [`${port}/tcp`]: {} } : {},
      HostConfig: {
        ...(hardened && HARDENED),
        NetworkMode: this.name,
        Binds: binds,
        PortBindings: port ? { [`${port}/tcp`]: [{ HostIp: "127.0.0.1", HostPort: "" }] } : {},
      },
      NetworkingConfig: { EndpointsConfig: { [this.name]: { Aliases: alias ? [alias] : [] } } },
    });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    return { id: container.id, port: Number(NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort ?? 0) };
  }

  /** Runs a command to its end in a container of its own; its output, stdout first. */
  async finish(
    image: string,
    command: string[],
    options: SandboxOptions = {},
  ): Promise<{ code: number; output: string }> {
    const { id } = await this.run(image, { ...options, command });
    const container = this.docker.getContainer(id);
    const { StatusCode } = await container.wait();
    const logs = await container.logs({ follow: true, stdout: true, stderr: true });
    const { stdout, stderr } = await collect(logs as Readable);
    return { code: StatusCode, output: stdout + stderr };
  }

  /** Stops a container as `docker stop` does; its exit code. 137 means that it did not listen. */
  async stop(id: string): Promise<number> {
    const container = this.docker.getContainer(id);
    await container.stop({ t: 10 });
    return (await container.inspect()).State.ExitCode;
  }

  /** Name of a volume that goes with the sandbox; with a size it is a disk of its own, in memory, for Postgres. */
  async volume(sizeMiB?: number): Promise<string> {
    const name = `${this.name}-${randomBytes(3).toString("hex")}`;
    await this.docker.createVolume({
      Name: name,
      Labels: this.labels,
      ...(sizeMiB !== undefined && inMemory(sizeMiB)),
    });
    return name;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeStack(this.docker, this.name);
  }
}
