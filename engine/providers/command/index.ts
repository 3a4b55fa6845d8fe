import type { ProviderPackage } from "../../provider";
import type { StartedAhead } from "../../started-ahead";
import { providerOf } from "../resource-type";
import { localCommand, localRun } from "./local-command";
import { remoteCommand } from "./remote-command";
import { SshConnections } from "./ssh-connections";

/** Package `command`: commands on this machine, and over SSH on others. No configuration. */
export function commandPackage(ahead?: StartedAhead): ProviderPackage {
  return {
    checkConfig: (inputs) => ({ inputs }),
    configure(_, directory = process.cwd()) {
      const connections = new SshConnections();
      return providerOf({
        name: "command",
        types: {
          "command:local:Command": localCommand(directory, ahead),
          "command:remote:Command": remoteCommand(connections),
        },
        functions: { "command:local:run": (request) => localRun(request, directory) },
        close: async () => connections.close(),
      });
    },
  };
}
