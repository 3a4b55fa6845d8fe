import assert from "node:assert/strict";
import { type PropertyMap, UNKNOWN } from "../../../property-value";
import { checkRequest } from "../../requests.fixture";
import { needsFreeName, withAutoName } from "./auto-name";
import { checkInputs } from "./check-inputs";
import { diffOutputs } from "./diff-outputs";
import { plannedOutputs } from "./plan-outputs";
import { inputsAsRead } from "./read-inputs";
import type { Schema } from "./schema";

const SCHEMA: Schema = {
  envs: { kind: "set", replace: true, computed: true },
  image: { kind: "string", replace: true, required: true },
  labels: {
    kind: "objectSet",
    replace: true,
    fields: { label: { kind: "string", required: true }, value: { kind: "string" }, size: { kind: "integer" } },
  },
  limits: { kind: "object", fields: { tests: { kind: "list" }, every: { kind: "string", default: "0s" } } },
  memory: { kind: "integer" },
  mode: { kind: "string", default: "bridge", refuse: (value) => (value === "bad" ? "must not be bad" : undefined) },
  opts: { kind: "map", replace: true },
  ports: {
    kind: "objectSet",
    replace: true,
    fields: { from: { kind: "integer", computed: true }, to: { kind: "integer" } },
  },
  quiet: { kind: "boolean", default: false },
  scope: { kind: "string", output: true },
  user: { kind: "string", replace: true, sticky: true },
};

describe("inputs of a docker resource", () => {
  it("get the defaults that are not zero, and name them, at every depth", () => {
    const { inputs, failures } = checkInputs(SCHEMA, { image: "a", limits: {}, labels: [{ label: "l" }], envs: null });
    assert.deepEqual(failures, []);
    assert.deepEqual(inputs, {
      __defaults: ["mode"],
      image: "a",
      labels: [{ __defaults: [], label: "l" }],
      limits: { __defaults: ["every"], every: "0s" },
      mode: "bridge",
    });
  });

  it("are refused by name and all at once, without their values", () => {
    const { failures } = checkInputs(SCHEMA, {
      gpus: "hush",
      scope: "hush",
      memory: "hush",
      labels: [{ value: 1 }],
      mode: "bad",
      opts: UNKNOWN,
    });
    assert.deepEqual(
      failures.map(({ property }) => property),
      ["gpus", "scope", "memory", "labels[0].value", "labels[0].label", "mode", "image"],
    );
    assert.match(
      failures[0]?.reason ?? "",
      /not supported by the embedded engine, which has envs, image, .*Pulumi's CLI/,
    );
    assert.doesNotMatch(JSON.stringify(failures), /hush|scope, /);
  });

  it("get a name drawn from the seed where none is given, and keep it", () => {
    const request = checkRequest("docker:index/volume:Volume", {});
    const first = withAutoName({ __defaults: ["mode"] }, request);
    assert.match(String(first.name), /^thing-[0-9a-f]{7}$/);
    assert.deepEqual(first.__defaults, ["mode", "name"]);
    assert.equal(withAutoName({ __defaults: [] }, { ...request, randomSeed: Buffer.alloc(32, 7) }).name, first.name);
    const again = { ...request, randomSeed: Buffer.alloc(32, 8) };
    assert.notEqual(withAutoName({ __defaults: [] }, again).name, first.name);
    assert.equal(withAutoName({ __defaults: [] }, { ...again, oldInputs: first }).name, first.name);
    assert.notEqual(
      withAutoName({ __defaults: [] }, { ...again, oldInputs: { ...first, __defaults: [] } }).name,
      first.name,
    );
    assert.equal(withAutoName({ __defaults: [], name: "n" }, request).name, "n");
    assert.equal(needsFreeName({ __defaults: [], name: "n" }, { name: "n" }), true);
    assert.equal(needsFreeName({ __defaults: ["name"], name: "n" }, { name: "n" }), false);
  });

  it("are read back from the outputs, with the names of the defaults that still hold", () => {
    const { inputs } = checkInputs(SCHEMA, { image: "a", envs: ["B", "A"], labels: [{ label: "l" }], limits: {} });
    const outputs = { ...plannedOutputs(SCHEMA, inputs, {}), memory: 5 };
    assert.deepEqual(inputsAsRead(SCHEMA, inputs, outputs), {
      __defaults: ["mode"],
      envs: ["A", "B"],
      image: "a",
      labels: [{ label: "l" }],
      limits: { __defaults: ["every"], every: "0s" },
      mode: "bridge",
    });
    const changed = inputsAsRead(SCHEMA, inputs, {
      ...outputs,
      mode: "host",
      labels: [{ label: "m", value: "", size: 3 }],
    });
    assert.deepEqual(
      [changed.mode, changed.__defaults, changed.labels],
      ["host", undefined, [{ label: "m", size: 3 }]],
    );
  });
});

describe("differences of a docker resource", () => {
  const inputs: PropertyMap = {
    image: "a",
    envs: ["B=2", "A=1"],
    labels: [{ label: "l", value: "1" }, { label: "m" }],
    limits: { tests: ["x", "y"] },
    ports: [{ to: 80 }, { to: 81, from: 8081 }],
  };
  /** As Docker would have it: in another order, with its own choice of a port. */
  const state: PropertyMap = {
    ...plannedOutputs(SCHEMA, inputs, {}),
    labels: [
      { label: "m", value: "", size: null },
      { label: "l", value: "1", size: 0 },
    ],
    ports: [
      { to: 81, from: 8081 },
      { to: 80, from: 49153 },
    ],
    user: "image's own",
    opts: {},
  };
  const paths = (now: PropertyMap, old = state) =>
    Object.fromEntries(
      Object.entries(diffOutputs(SCHEMA, old, now).detailedDiff ?? {}).map(([path, { kind }]) => [path, kind]),
    );

  it("are none where Docker only answered otherwise than it was asked", () => {
    assert.deepEqual(diffOutputs(SCHEMA, state, inputs), { changes: "none" });
    assert.deepEqual(diffOutputs(SCHEMA, state, { ...inputs, quiet: false, memory: 0, opts: {} }), { changes: "none" });
    const { envs: _, ...without } = inputs;
    assert.deepEqual(diffOutputs(SCHEMA, state, without), { changes: "none" }, "what Docker chooses");
  });

  it("name entries of sets by their place: that of the inputs when new, of the state when gone", () => {
    assert.deepEqual(paths({ ...inputs, envs: ["B=3", "A=1"] }), {
      "envs[0]": "add-replace",
      "envs[1]": "delete-replace",
    });
    const now = [
      { label: "m", value: "2" },
      { label: "l", value: "1" },
    ];
    assert.deepEqual(paths({ ...inputs, labels: now }), { "labels[0].value": "update-replace" });
    assert.deepEqual(paths({ ...inputs, ports: [{ to: 80 }] }), { "ports[0]": "delete-replace" });
  });

  it("are none of what ignoreChanges names, whole or in part", () => {
    const now = { ...inputs, labels: [{ label: "m", value: "2" }], limits: { tests: ["x", "z"] }, memory: 1 };
    const { diffs, replaces } = diffOutputs(SCHEMA, state, now, ["labels", "limits.tests[1]"]);
    assert.deepEqual([diffs, replaces], [["memory"], []]);
    const all = ["labels", "limits", "memory"];
    assert.deepEqual(diffOutputs(SCHEMA, state, now, all), { changes: "none" });
  });

  it("name what is new, gone or otherwise; only what must replaces", () => {
    const now = { ...inputs, memory: 1, mode: "host", limits: { tests: ["x", "z", "w"] }, opts: { "max-size": "1" } };
    assert.deepEqual(diffOutputs(SCHEMA, { ...state, opts: { a: "1", "max-size": "2" } }, now), {
      changes: "some",
      diffs: ["limits", "memory", "mode", "opts"],
      replaces: ["opts"],
      detailedDiff: {
        "limits.tests[1]": { kind: "update", inputDiff: false },
        "limits.tests[2]": { kind: "add", inputDiff: false },
        memory: { kind: "add", inputDiff: false },
        mode: { kind: "update", inputDiff: false },
        "opts.a": { kind: "delete-replace", inputDiff: false },
        'opts["max-size"]': { kind: "update-replace", inputDiff: false },
      },
    });
    assert.deepEqual(paths({ ...inputs, user: "other", image: UNKNOWN }), {
      image: "update-replace",
      user: "update-replace",
    });
  });
});
