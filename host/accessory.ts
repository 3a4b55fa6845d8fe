import { docker } from "./docker";
import type { Log } from "./log";
import { UnhealthyError, untilHealthy } from "./probe";
import type { AccessoryRequest } from "./requests";

/** Docker's provider has no argument for the number of processes: it is set on the running container. */
export async function readyAccessory(log: Log, wanted: AccessoryRequest): Promise<{ accessory: string }> {
  const { project, network, service, name, pids } = wanted;
  // One that has ended cannot be updated: why it ended is for its probe to say.
  const limited = await Promise.allSettled([docker().getContainer(name).update({ PidsLimit: pids })]);
  try {
    await untilHealthy({ ...wanted, id: name }, network);
  } catch (error) {
    if (!(error instanceof UnhealthyError)) throw error;
    for (const line of error.logLines) log.error(`  | ${line}`);
    throw new Error(`${project}: accessory ${service}: ${error.message}; no release was touched`, { cause: error });
  }
  for (const outcome of limited) if (outcome.status === "rejected") throw outcome.reason;
  log.info(`${project}: accessory ${service} is healthy`);
  return { accessory: service };
}
