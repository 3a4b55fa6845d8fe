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
