import type { ProviderPackage } from "../../provider";
import { providerOf } from "../resource-type";
import { container } from "./container/container";
import { DockerHost, loadClient } from "./docker-host";
import { network } from "./network";
import { checkDockerConfig, dockerConfig } from "./provider-config";
import { remoteImage } from "./remote-image";
import { volume } from "./volume";

/** Package `docker`: networks, volumes, images and containers of one Docker engine. */
export const dockerPackage: ProviderPackage = {
  checkConfig: checkDockerConfig,
  preload: loadClient,
  configure(inputs, directory = process.cwd()) {
    const host = new DockerHost(dockerConfig(inputs, process.env, directory), directory);
    const provider = providerOf({
      name: "docker",
      types: {
        "docker:index/container:Container": container(host, directory),
        "docker:index/network:Network": network(host),
        "docker:index/remoteImage:RemoteImage": remoteImage(host),
        "docker:index/volume:Volume": volume(host),
      },
      close: async () => host.close(),
    });
    return {
      ...provider,
      async check(request) {
        await host.answers();
        return provider.check(request);
      },
    };
  },
};
