import type { PropertyMap } from "../../property-value";
import type { ResourceType } from "../resource-type";
import { COMMAND_KINDS, type CommandInputs, checkKinds } from "./command-inputs";
import { type CommandRun, commandType } from "./command-type";
import { OutputCollector } from "./output-collector";
import { previousOutputInEnv } from "./previous-output";
import { refusedVariables, runRemoteProcess } from "./remote-process";
import { type Connection, connectSsh } from "./ssh-connection";

type RemoteInputs = CommandInputs & { connection: Connection };

/** `command:remote:Command`: a command on another host, over SSH, at creation, update and deletion. */
export const remoteCommand: ResourceType = commandType({
  check: (newInputs) => checkKinds(newInputs, { ...COMMAND_KINDS, connection: "connection" }, ["connection"]),
  whole: ["connection"],
  run: runRemotely,
});

async function runRemotely({ command, inputs: given, previous, signal, log }: CommandRun): Promise<PropertyMap> {
  const inputs = given as unknown as RemoteInputs;
  const client = await connectSsh(inputs.connection, { signal, log });
  try {
    const environment = { ...previousOutputInEnv(inputs, previous), ...inputs.environment };
    const refused = await refusedVariables(client, environment, signal);
    const needed = refused.filter((name) => name in (inputs.environment ?? {}));
    const hint = "name it in AcceptEnv of its sshd_config, or hand the value over on stdin";
    if (needed.length > 0) {
      throw new Error(
        `${inputs.connection.host} does not accept the environment variable ${needed.join(", ")}: ${hint}`,
      );
    }
    for (const name of refused) {
      log("warning", `Unable to set '${name}': ${hint} (or set addPreviousOutputInEnv to false)`);
    }
    return await runRemoteProcess(client, {
      command,
      environment,
      stdin: inputs.stdin,
      output: new OutputCollector(inputs.logging, (line) => log("info", line)),
      signal,
    });
  } finally {
    client.end();
  }
}
