import * as pulumi from "@pulumi/pulumi";
import { Platform } from "./components/platform/platform";
import { stackSecrets } from "./components/platform/stack-secrets";
import { loadModel } from "./config/model";

const model = loadModel(process.cwd(), pulumi.getStack());

const platform = new Platform(model.config.stack, {
  ...model,
  secrets: stackSecrets(new pulumi.Config("slipway"), model.env),
});

export const gatewayUrl = platform.gatewayUrl;
export const projects = platform.projects;
