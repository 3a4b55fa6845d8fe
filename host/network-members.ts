import { docker } from "./docker";

/** A container to connect to a network, with the names it answers to there. */
export interface NetworkMember {
  id: string;
  aliases: string[];
}

/** Connects containers to a project's network; those that are in it already stay as they are. */
export async function connectMembers(network: string, members: NetworkMember[]): Promise<void> {
  const found = docker().getNetwork(network);
  const { Containers } = await found.inspect();
  for (const { id, aliases } of members) {
    if (id in (Containers ?? {})) continue;
    await found.connect({ Container: id, EndpointConfig: { Aliases: aliases } });
  }
}

/** Takes the platform's own containers out of a project's network, those that an earlier declaration connected too. */
export async function disconnectPlatform(network: string): Promise<void> {
  const filters = { network: [network], label: ["slipway.stack"] };
  const all = await docker().listContainers({ all: true, filters });
  for (const { Id, Labels } of all) {
    if ("slipway.project" in Labels) continue;
    await docker()
      .getNetwork(network)
      .disconnect({ Container: Id, Force: true })
      .catch((error: { statusCode?: number; message: string }) => {
        const isNotThere = error.statusCode === 404 || /is not connected to/.test(error.message);
        if (!isNotThere) throw error;
      });
  }
}
