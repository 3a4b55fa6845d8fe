import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import { sshConfigPath, writeSshFiles } from "../../components/host/ssh";
import type { HostConfig } from "../../config/stack-config";
import { DialStdioAgent } from "../../engine/providers/docker/dial-stdio";
import { exec } from "../../host/docker";
import { checkout } from "../../scripts/checkout";
import { ImageBuilder } from "../../scripts/setup/image-builder";
import { Progress } from "../../scripts/setup/progress";
import { DROPLET } from "../../scripts/setup/recipes";
import { REGISTRY_VOLUME } from "../../scripts/setup/registry-content";
import { freePorts } from "./free-ports";
import { removeLeftovers, removeStack, stackFolder, stackName } from "./leftovers";
import { machineImages } from "./machine-images";
import { Relay } from "./relay";
import { sshKeyPair } from "./ssh-key";
import { until } from "./until";

/** Where a droplet finds the content of this machine's registry. */
const SAMPLES = "/srv/samples";
/** Longest wait for a machine to shut down. */
const SHUTDOWN_SECONDS = 60;

/**
 * A machine of its own, in a container: it boots systemd, and has sshd, Docker and Node, as a droplet would. The
 * platform's images are in its Docker. Removed with everything in it.
 */
export class Droplet implements AsyncDisposable {
  readonly samples = SAMPLES;

  private constructor(
    private readonly name: string,
    private readonly container: string,
    /** The machine's Docker, on a connection that `cut` does not touch. */
    readonly docker: Docker,
    /** As a stack's configuration names it. */
    readonly host: HostConfig,
    /** Loopback port of this machine that leads to the droplet's port 80. */
    readonly gatewayPort: number,
    private readonly relay: Relay,
    private readonly agent: DialStdioAgent,
  ) {}

  /** Shuts the machine down and boots it again; it may have another address then. */
  async reboot(): Promise<void> {
    const container = new Docker().getContainer(this.container);
    await container.restart({ t: SHUTDOWN_SECONDS });
    await booted(container);
    this.relay.cut();
    this.relay.address = await addressOf(container);
    writeSshFiles(stackFolder(this.name), this.name, { ...this.host, address: this.relay.address, port: 22 });
  }

  static async start(): Promise<Droplet> {
    const outer = new Docker();
    const name = stackName(randomBytes(3).toString("hex"));
    await removeLeftovers(outer);
    const { images } = await machineImages();
    const root = checkout();
    const builder = new ImageBuilder(outer, root, new Progress(), join(root, ".slipway/log"));
    const [gatewayPort] = (await freePorts(1)) as [number];
    const container = await createMachine(outer, name, await builder.image(DROPLET), gatewayPort);
    try {
      await container.start();
      const key = sshKeyPair();
      const identityFile = join(stackFolder(name), "key");
      await mkdir(stackFolder(name), { recursive: true });
      await writeFile(identityFile, key.private, { mode: 0o600 });
      await booted(container);
      const authorize = "umask 077 && mkdir -p /root/.ssh && cat > /root/.ssh/authorized_keys";
      await exec(container.id, ["sh", "-c", authorize], { stdin: `${key.public}\n` });
      const { stdout: shown } = await exec(container.id, ["cat", "/etc/ssh/ssh_host_ed25519_key.pub"]);
      const hostKey = shown.split(" ").slice(0, 2).join(" ");
      const direct: HostConfig = {
        address: await addressOf(container),
        port: 22,
        user: "root",
        hostKey,
        identityFile,
      };
      writeSshFiles(stackFolder(name), name, direct);
      const agent = new DialStdioAgent(
        new URL(`ssh://root@${direct.address}`),
        ["-F", sshConfigPath(name)],
        stackFolder(name),
      );
      const inner = new Docker({ host: "docker", port: 80, protocol: "http", agent } as Docker.DockerOptions);
      await copyImages(outer, inner, Object.values(images));
      const relay = await Relay.to(direct.address, 22);
      const host = { ...direct, address: "127.0.0.1", port: relay.port };
      return new Droplet(name, container.id, inner, host, gatewayPort, relay, agent);
    } catch (error) {
      await removeStack(outer, name);
      throw error;
    }
  }

  /** Runs a command on the machine, not over SSH; what it prints. Throws where it fails. */
  async run(...command: string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await exec(this.container, command);
    if (exitCode !== 0) throw new Error(`${command.join(" ")} exited ${exitCode} on the droplet: ${stdout}${stderr}`);
    return stdout;
  }

  /** The same in a container there. */
  inContainer(container: string, command: string[], user: string) {
    return exec(this.container, ["docker", "exec", "--user", user, container, ...command]);
  }

  /** Breaks every SSH connection to `host`; the next ones get through. */
  cut(): void {
    this.relay.cut();
  }

  /** Names of the operations that run. */
  async operations(verb: string): Promise<string[]> {
    const list = await this.run("systemctl", "list-units", "--plain", "--no-legend", `slipway-*-${verb}-*`);
    return list
      .split("\n")
      .filter((line) => / active /.test(line))
      .map((line) => line.split(" ")[0] as string);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.agent.destroy();
    await this.relay[Symbol.asyncDispose]();
    await removeStack(new Docker(), this.name);
  }
}

async function booted(container: Docker.Container): Promise<void> {
  await until("the droplet to boot", async () => {
    const { stdout } = await exec(container.id, ["systemctl", "is-system-running"]);
    if (/running|degraded/.test(stdout)) return true;
    throw new Error(stdout.trim());
  });
}

async function addressOf(container: Docker.Container): Promise<string> {
  const { NetworkSettings } = await container.inspect();
  return NetworkSettings.Networks.bridge?.IPAddress ?? "";
}

async function createMachine(
  outer: Docker,
  name: string,
  image: string,
  gatewayPort: number,
): Promise<Docker.Container> {
  const labels = { "slipway.stack": name };
  await outer.createVolume({ Name: `${name}-docker`, Labels: labels });
  const wanted: Docker.ContainerCreateOptions & { HostConfig: { CgroupnsMode: string } } = {
    Image: image,
    Hostname: "droplet",
    Labels: labels,
    ExposedPorts: { "80/tcp": {} },
    HostConfig: {
      CapAdd: ["ALL"],
      CapDrop: ["SYS_RESOURCE"],
      SecurityOpt: ["seccomp=unconfined", "apparmor=unconfined"],
      DeviceCgroupRules: ["a *:* rwm"],
      CgroupnsMode: "host",
      Binds: ["/sys/fs/cgroup:/sys/fs/cgroup:rw", `${name}-docker:/var/lib/docker`, `${REGISTRY_VOLUME}:${SAMPLES}:ro`],
      Tmpfs: { "/run": "", "/tmp": "" },
      PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: String(gatewayPort) }] },
    },
  };
  return outer.createContainer(wanted);
}

/** From one engine to another, each image under its id. */
async function copyImages(from: Docker, to: Docker, images: string[]): Promise<void> {
  const path = `/images/get?${images.map((image) => `names=${encodeURIComponent(image)}`).join("&")}`;
  const archive = await new Promise<NodeJS.ReadableStream>((done, fail) =>
    from.modem.dial(
      { path, method: "GET", isStream: true, statusCodes: { 200: true }, options: {} },
      (error: Error | null, answer: unknown) => (error ? fail(error) : done(answer as NodeJS.ReadableStream)),
    ),
  );
  const answer = await to.loadImage(archive);
  for await (const _ of answer); // Read to its end: the images are there then.
}
