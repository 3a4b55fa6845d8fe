import * as pulumi from "@pulumi/pulumi";
import { Platform } from "./components/platform/platform";
import { loadModel } from "./config/model";

const model = loadModel(process.cwd(), pulumi.getStack());
const variables = new pulumi.Config("slipway").getSecretObject<Record<string, Record<string, string>>>("variables");

const platform = new Platform(model.config.stack, {
  ...model,
  variables: pulumi.output(variables).apply((values) => values ?? {}),
});

export const gatewayUrl = platform.gatewayUrl;
export const projects = platform.projects;
