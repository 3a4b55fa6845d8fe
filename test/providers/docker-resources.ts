import { randomBytes } from "node:crypto";
import Docker from "dockerode";
import type { PropertyMap } from "../../engine/property-value";
import type { DiffResult, ReadResult } from "../../engine/provider";
import { dockerPackage } from "../../engine/providers/docker";
import {
  checkRequest,
  createRequest,
  deleteRequest,
  diffRequest,
  readRequest,
  updateRequest,
} from "../../engine/providers/requests.fixture";

/** A resource as the state would hold it. */
export interface Made {
  type: string;
  id: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
}

/** Resources of the docker provider, made as the engine makes them; what is left is removed at the end by its label. */
export class DockerResources {
  readonly docker = new Docker();
  /** Of every object made; names begin with it too. */
  readonly mark = `slipway-test-${randomBytes(4).toString("hex")}`;
  readonly provider = dockerPackage.configure({});
  readonly labels = [{ label: "slipway.test", value: this.mark }];
  /** What the provider logged, each line after its severity. */
  readonly lines: string[] = [];

  async check(type: string, inputs: PropertyMap): Promise<PropertyMap> {
    const { inputs: checked, failures = [] } = await this.provider.check({
      ...checkRequest(type, inputs),
      randomSeed: randomBytes(32),
    });
    if (failures.length > 0)
      throw new Error(failures.map(({ property, reason }) => `${property} ${reason}`).join("\n"));
    return checked;
  }

  async create(type: string, given: PropertyMap): Promise<Made> {
    const inputs = await this.check(type, given);
    return { type, inputs, ...(await this.provider.create(createRequest(type, inputs, this.lines))) };
  }

  async diff(made: Made, given: PropertyMap): Promise<DiffResult> {
    const inputs = await this.check(made.type, given);
    return this.provider.diff(diffRequest(made.type, made.inputs, made.outputs, inputs));
  }

  async update(made: Made, given: PropertyMap): Promise<Made> {
    const inputs = await this.check(made.type, given);
    return { ...made, inputs, ...(await this.provider.update(updateRequest(made.type, made, inputs, this.lines))) };
  }

  read(made: Made): Promise<ReadResult | undefined> {
    return this.provider.read(readRequest(made.type, made));
  }

  delete(made: Made): Promise<void> {
    return this.provider.delete(deleteRequest(made.type, made, this.lines));
  }

  async removeAll(): Promise<void> {
    const filters = { label: [`slipway.test=${this.mark}`] };
    for (const { Id } of await this.docker.listContainers({ all: true, filters })) {
      await this.docker.getContainer(Id).remove({ force: true, v: true });
    }
    for (const { Id } of await this.docker.listNetworks({ filters })) await this.docker.getNetwork(Id).remove();
    for (const { Name } of (await this.docker.listVolumes({ filters })).Volumes) {
      await this.docker.getVolume(Name).remove();
    }
    for (const { Id, RepoTags, RepoDigests } of await this.docker.listImages()) {
      const isOurs = [...(RepoTags ?? []), ...(RepoDigests ?? [])].some((reference) => reference.includes(this.mark));
      if (isOurs) await this.docker.getImage(Id).remove({ force: true });
    }
    await this.provider.close();
  }
}
