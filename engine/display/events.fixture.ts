import { palette } from "../../terminal/palette";
import type { EngineEvent, Operation, StepMetadata } from "../events";
import { type PropertyMap, secret } from "../property-value";
import type { ResourceState } from "../state";
import type { DisplayOptions } from "./plain-display";

export const STACK_URN = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev";
export const GATEWAY_URN = "urn:pulumi:dev::shop::slipway:gateway:Gateway::gateway";
export const NGINX_URN =
  "urn:pulumi:dev::shop::slipway:gateway:Gateway$docker:index/container:Container::gateway-nginx";
export const PASSWORD_URN = "urn:pulumi:dev::shop::random:index/randomPassword:RandomPassword::password";

export function state(urn: string, changes: Partial<ResourceState> = {}): ResourceState {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  const custom = !/^(pulumi:pulumi:Stack|slipway:)/.test(type);
  const parent = urn === STACK_URN ? undefined : urn === NGINX_URN ? GATEWAY_URN : STACK_URN;
  return { urn, type, custom, parent, ...changes };
}

export function step(op: Operation, urn: string, changes: Partial<StepMetadata> = {}): StepMetadata {
  const now = state(urn, custom(op) ? {} : { id: "1" });
  const old = op === "create" || op === "create-replacement" ? null : now;
  const logical = op !== "create-replacement" && op !== "delete-replaced";
  return {
    op,
    urn,
    type: now.type,
    old,
    new: op === "delete" ? null : now,
    detailedDiff: null,
    logical,
    provider: "",
    ...changes,
  };
}

const custom = (op: Operation) => op === "create";

export const pre = (metadata: StepMetadata): EngineEvent => ({ kind: "resourcePre", metadata, planning: false });
export const outputs = (metadata: StepMetadata): EngineEvent => ({ kind: "resOutputs", metadata, planning: false });
export const summary = (resourceChanges: Partial<Record<Operation, number>>, seconds = 65): EngineEvent => ({
  kind: "summary",
  maybeCorrupt: false,
  durationSeconds: seconds,
  resourceChanges,
  isPreview: false,
  result: "succeeded",
});

export function stackStep(op: Operation, before: PropertyMap | undefined, after: PropertyMap): StepMetadata {
  const old = before ? state(STACK_URN, { outputs: before }) : null;
  return step(op, STACK_URN, { old, new: state(STACK_URN, { outputs: after }) });
}

/** A first `up`: a component with a container that fails, and a password. */
export const FAILED_UP: EngineEvent[] = [
  { kind: "prelude", config: {} },
  pre(stackStep("create", undefined, {})),
  pre(step("create", "urn:pulumi:dev::shop::pulumi:providers:docker::default_5_2_0")),
  pre(step("create", GATEWAY_URN)),
  pre(step("create", PASSWORD_URN)),
  outputs(step("create", PASSWORD_URN)),
  pre(step("create", NGINX_URN)),
  { kind: "diagnostic", urn: NGINX_URN, message: "pulling nginx:1.28", severity: "info", ephemeral: true },
  { kind: "diagnostic", urn: NGINX_URN, message: "port 8080 is taken\nby process 4711", severity: "error" },
  { kind: "resOpFailed", metadata: step("create", NGINX_URN), status: 0, steps: 3 },
  outputs(step("create", GATEWAY_URN)),
  { kind: "diagnostic", message: "update failed", severity: "error" },
  outputs(
    stackStep("create", undefined, { gatewayUrl: "http://127.0.0.1:8080", password: secret("hush"), ports: [80, 443] }),
  ),
  summary({ create: 3 }),
  { kind: "cancel" },
];

/** What every display ends such an up with. */
export const FAILED_UP_SUMMARY = `Diagnostics:
  pulumi:pulumi:Stack (shop-dev):
    error: update failed

  docker:index:Container (gateway-nginx):
    error: port 8080 is taken
    by process 4711

Outputs:
    gatewayUrl: "http://127.0.0.1:8080"
    password  : [secret]
    ports     : [
        [0]: 80
        [1]: 443
    ]

Resources:
    + 3 created
    2 errored

Duration: 1m5s

`;

export function displayOptions(changes: Partial<DisplayOptions> = {}): DisplayOptions & { text(): string } {
  let text = "";
  return {
    kind: "update",
    planning: false,
    stack: "dev",
    stackUrn: STACK_URN,
    palette: palette(false),
    showSecrets: false,
    suppressOutputs: false,
    write: (part) => {
      text += part;
    },
    text: () => text,
    ...changes,
  };
}
