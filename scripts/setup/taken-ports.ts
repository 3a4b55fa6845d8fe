import { createServer } from "node:net";
import type Docker from "dockerode";
import { SetupError } from "./setup-error";

/** A port that stack `local` will listen on. */
export interface WantedPort {
  /** What sets another, in the stack's file. */
  key: "slipway:gateway.port" | "slipway:registry.port";
  address: string;
  port: number;
}

/**
 * Refuses ports that anything but the stack itself listens on, before minutes of building: Docker would find out last.
 * Throws `SetupError` with what sets another.
 */
export async function refuseTakenPorts(engine: Docker, wanted: WantedPort[]): Promise<void> {
  const taken: WantedPort[] = [];
  for (const each of wanted) if (await isTaken(each)) taken.push(each);
  if (taken.length === 0) return;
  const own = await ownPorts(engine);
  const others = taken.filter(({ port }) => !own.has(port));
  if (others.length === 0) return;
  throw new SetupError(
    others.map(({ address, port }) => `something else listens on port ${port} of ${address}`).join("; "),
    `end it, or take another port: ${others
      .map(({ key, port }) => `./slipway config set --stack local --path ${key} ${port + 1}`)
      .join("; ")}`,
  );
}

function isTaken({ address, port }: WantedPort): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once("error", ({ code }: NodeJS.ErrnoException) => done(code === "EADDRINUSE"));
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => done(false)));
  });
}

/** Of the stack's own containers. */
async function ownPorts(engine: Docker): Promise<Set<number>> {
  const containers = await engine.listContainers({ filters: { label: ["slipway.stack=local"] } });
  return new Set(containers.flatMap(({ Ports }) => Ports.map(({ PublicPort }) => PublicPort)));
}
