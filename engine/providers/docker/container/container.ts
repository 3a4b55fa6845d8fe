import { type PropertyMap, UNKNOWN } from "../../../property-value";
import { type CreateRequest, ResourceInitError } from "../../../provider";
import type { ResourceType } from "../../resource-type";
import { DockerError, type DockerHost } from "../docker-host";
import { hasLabels } from "../has-labels";
import { pullImage } from "../pull-image";
import { withAutoName } from "../schema/auto-name";
import { checkInputs } from "../schema/check-inputs";
import { diffOutputs } from "../schema/diff-outputs";
import { plannedOutputs } from "../schema/plan-outputs";
import { inputsAsRead } from "../schema/read-inputs";
import { isSame } from "../schema/same-value";
import { timeoutsMeta } from "../timeouts-meta";
import { connectNetworks } from "./connect-networks";
import { containerConfig, updatableConfig } from "./container-config";
import { whyUnhealthy } from "./container-health";
import { containerLogTail } from "./container-log";
import { containerOutputs, refreshedOutputs } from "./container-outputs";
import { CONTAINER_SCHEMA } from "./container-schema";
import { removeContainer } from "./remove-container";
import { uploadArchive } from "./upload-archive";

/** What Docker can change while a container lives. */
const UPDATABLE = [
  ...["cpuPeriod", "cpuQuota", "cpuSet", "cpuShares", "maxRetryCount", "memory", "memoryReservation", "memorySwap"],
  ...["restart", "deviceReadBps", "deviceReadIops", "deviceWriteBps", "deviceWriteIops"],
];
/** What Pulumi's plugin records as changed although only the next container will have it. */
const FOR_THE_NEXT = ["healthcheck", "init", "rm", "tmpfs"];

/** `docker:index/container:Container`. `directory` is where the sources of uploads are looked for. */
export function container(host: DockerHost, directory: string): ResourceType {
  const inspect = (id: string) =>
    host.find(`inspecting container ${id}`, (docker) => docker.getContainer(id).inspect());

  /** Starts it where it does not run. */
  async function start(id: string, { inputs, signal }: Pick<CreateRequest, "inputs" | "signal">): Promise<void> {
    await host
      .call(`starting container ${inputs.name}`, (docker) => docker.getContainer(id).start({ abortSignal: signal }))
      .catch((error: DockerError) => {
        if (error.status !== 304) throw error; // 304: it runs.
      });
  }

  /** Waits for one that was started where that is asked for. It is kept whatever comes of it. */
  async function becomeHealthy(id: string, { inputs, log, signal }: Pick<CreateRequest, "inputs" | "log" | "signal">) {
    if (inputs.wait !== true) return;
    const reason = await whyUnhealthy(host, id, Number(inputs.waitTimeout), signal);
    if (reason === undefined) return;
    log("warning", `the last lines that container ${inputs.name} printed:\n${await containerLogTail(host, id)}`);
    const outputs = containerOutputs(plannedOutputs(CONTAINER_SCHEMA, inputs), await inspectNow(id));
    throw new ResourceInitError(id, completed(outputs), [
      `container failed to be in healthy state: ${inputs.name}: ${reason}; it is kept as it is`,
    ]);
  }

  async function inspectNow(id: string) {
    const found = await inspect(id);
    if (!found) throw new DockerError(`container ${id.slice(0, 12)} was removed by somebody else meanwhile`, 404);
    return found;
  }

  return {
    check(request) {
      const { inputs, failures } = checkInputs(CONTAINER_SCHEMA, request.newInputs);
      return { inputs: withAutoName(inputs, request), failures };
    },

    diff({ oldOutputs, newInputs, ignoreChanges }) {
      const diff = diffOutputs(CONTAINER_SCHEMA, oldOutputs, newInputs, ignoreChanges);
      // As Pulumi's plugin: two containers of one configuration would fight over ports and volumes.
      return diff.replaces?.length ? { ...diff, deleteBeforeReplace: true } : diff;
    },

    async create(request) {
      const { inputs } = request;
      const id = await createContainer(host, request);
      try {
        await connectNetworks(host, id, inputs);
        const uploads = uploadArchive(inputs, directory);
        if (uploads) {
          await host.call("uploading files", (docker) => docker.getContainer(id).putArchive(uploads, { path: "/" }));
        }
        if (inputs.start !== false) await start(id, request);
      } catch (error) {
        // It never ran: nothing in it is worth keeping, and its name and ports are in the way of the next attempt.
        await removeContainer(host, id, { ...inputs, destroyGraceSeconds: 0 }).catch(() => {});
        throw error;
      }
      if (inputs.start !== false) await becomeHealthy(id, request);
      const found = await inspectNow(id);
      if (inputs.start !== false && inputs.mustRun === true && !found.State.Running) {
        const tail = await containerLogTail(host, id);
        request.log("warning", `container ${inputs.name} ended at once, exit code ${found.State.ExitCode}:\n${tail}`);
      }
      return { id, outputs: completed(containerOutputs(plannedOutputs(CONTAINER_SCHEMA, inputs), found)) };
    },

    async read({ id, inputs, outputs }) {
      const found = await inspect(id);
      if (!found) return undefined;
      const refreshed = refreshedOutputs(outputs, found);
      return { id: found.Id, inputs: inputsAsRead(CONTAINER_SCHEMA, inputs, refreshed), outputs: refreshed };
    },

    async update(request) {
      const { id, inputs, oldOutputs, log } = request;
      const planned = plannedOutputs(CONTAINER_SCHEMA, inputs, oldOutputs);
      const changed = (key: string) => {
        const field = CONTAINER_SCHEMA[key];
        return field !== undefined && !isSame(field, oldOutputs[key], planned[key]);
      };
      if (UPDATABLE.some(changed)) {
        await host.call(`updating container ${inputs.name}`, (docker) =>
          docker.getContainer(id).update(updatableConfig(inputs)),
        );
      }
      const late = FOR_THE_NEXT.filter(changed);
      if (late.length > 0) log("warning", `${late.join(", ")}: Docker cannot change this of a container that exists`);
      if (inputs.mustRun === true && inputs.start !== false) {
        await start(id, request);
        await becomeHealthy(id, request);
      }
      return { outputs: completed({ ...oldOutputs, ...containerOutputs(planned, await inspectNow(id)) }) };
    },

    delete: ({ id, oldOutputs }) => removeContainer(host, id, oldOutputs),

    async find({ inputs }) {
      const found = await inspect(String(inputs.name));
      return found && hasLabels(found.Config.Labels, inputs) ? found.Id : undefined;
    },

    previewCreate: ({ inputs }) => ({ ...plannedOutputs(CONTAINER_SCHEMA, inputs), ...NOT_SUPPORTED, id: UNKNOWN }),
    previewUpdate: ({ inputs, oldOutputs }) => ({
      ...oldOutputs,
      ...plannedOutputs(CONTAINER_SCHEMA, inputs, oldOutputs),
    }),
  };
}

/** Outputs of the plugin that need an input which the embedded engine refuses. */
const NOT_SUPPORTED = { deviceRequests: [], gpus: null };

function completed(outputs: PropertyMap): PropertyMap {
  return { ...outputs, ...NOT_SUPPORTED, __meta: timeoutsMeta("2") };
}

/** Creates it from an image that is present, and pulls it only where it is not. */
async function createContainer(host: DockerHost, { inputs, log, signal }: CreateRequest): Promise<string> {
  const config = containerConfig(inputs);
  const create = () => host.call(`creating container ${inputs.name}`, (docker) => docker.createContainer(config));
  try {
    return (await create()).id;
  } catch (error) {
    if (!(error instanceof DockerError) || error.status !== 404 || !/no such image/i.test(error.message)) throw error;
    await pullImage(host, String(inputs.image), { log, signal, platform: config.platform });
    return (await create()).id;
  }
}
