import type { NetworkConnectOptions } from "dockerode";
import { isObject, type PropertyMap } from "../../../property-value";
import type { DockerError, DockerHost } from "../docker-host";
import { isZero, objectsOf, stringsOf } from "../schema/schema";

/** Gives a container its networks instead of the default one. Before it starts, so that it never sees another. */
export async function connectNetworks(host: DockerHost, id: string, inputs: PropertyMap): Promise<void> {
  const networks = objectsOf(inputs.networksAdvanced).filter(isObject);
  if (networks.length === 0) return;
  await host
    .find("leaving the default network", (docker) => docker.getNetwork("bridge").disconnect({ Container: id }))
    .catch((error: DockerError) => {
      if (!error.message.includes("is not connected to")) throw error;
    });
  for (const {
    name,
    aliases,
    driverOpts,
    gwPriority,
    ipv4Address,
    ipv6Address,
    linkLocalIps,
    macAddress,
  } of networks) {
    // What the API takes and the types of its client do not know yet is among it.
    const address = { IPv4Address: ipv4Address, IPv6Address: ipv6Address, LinkLocalIPs: linkLocalIps };
    const endpoint = {
      Aliases: stringsOf(aliases),
      IPAMConfig: Object.fromEntries(Object.entries(address).filter(([, value]) => !isZero(value))),
      ...(!isZero(macAddress) && { MacAddress: macAddress }),
      ...(!isZero(gwPriority) && { GwPriority: gwPriority }),
      ...(!isZero(driverOpts) && {
        DriverOpts: Object.fromEntries(stringsOf(driverOpts).map((option) => option.split(/=(.*)/s).slice(0, 2))),
      }),
    };
    await host.call(`connecting it to network ${name}`, (docker) =>
      docker
        .getNetwork(String(name))
        .connect({ Container: id, EndpointConfig: endpoint as NetworkConnectOptions["EndpointConfig"] }),
    );
  }
}
