import type { Client } from "ssh2";
import type { PropertyMap } from "../../property-value";
import type { ResourceType } from "../resource-type";
import { COMMAND_KINDS, type CommandInputs, checkKinds } from "./command-inputs";
import { type CommandRun, commandType } from "./command-type";
import { OutputCollector } from "./output-collector";
import { previousOutputInEnv } from "./previous-output";
import { refusedVariables, runRemoteProcess } from "./remote-process";
import type { Connection } from "./ssh-connection";
import type { SshConnections } from "./ssh-connections";

type RemoteInputs = CommandInputs & { connection: Connection };

/** `command:remote:Command`: a command on another host, over SSH, at creation, update and deletion. */
export function remoteCommand(connections: SshConnections): ResourceType {
  return commandType({
    check: (newInputs) => checkKinds(newInputs, { ...COMMAND_KINDS, connection: "connection" }, ["connection"]),
    whole: ["connection"],
    run: (run) => {
      const { connection } = run.inputs as unknown as RemoteInputs;
      return connections.use(connection, run, (client) => runRemotely(client, run));
    },
  });
}

async function runRemotely(client: Client, run: CommandRun): Promise<PropertyMap> {
  const { command, previous, signal, log } = run;
  const inputs = run.inputs as unknown as RemoteInputs;
  const environment = { ...previousOutputInEnv(inputs, previous), ...inputs.environment };
  const refused = await refusedVariables(client, environment, signal);
  const needed = refused.filter((name) => name in (inputs.environment ?? {}));
  const hint = "name it in AcceptEnv of its sshd_config, or hand the value over on stdin";
  if (needed.length > 0) {
    throw new Error(`${inputs.connection.host} does not accept the environment variable ${needed.join(", ")}: ${hint}`);
  }
  for (const name of refused) {
    log("warning", `Unable to set '${name}': ${hint} (or set addPreviousOutputInEnv to false)`);
  }
  return runRemoteProcess(client, {
    command,
    environment,
    stdin: inputs.stdin,
    output: new OutputCollector(inputs.logging, (line) => log("info", line)),
    signal,
  });
}
