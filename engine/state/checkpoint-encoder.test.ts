import assert from "node:assert";
import { secret } from "../property-value";
import type { ResourceState } from "../state";
import { CheckpointEncoder } from "./checkpoint-encoder";
import { magicOf, type StoredCheckpoint } from "./deployment-file";
import { decodeResource } from "./resource-encoding";
import { RememberedSecrets } from "./secret-text";

/** Ciphertext that shows what was encrypted, and how often. */
function openCipher() {
  let count = 0;
  return {
    encrypt: (text: string) => `${++count}<${text}>`,
    decrypt: (text: string) => text.slice(text.indexOf("<") + 1, -1),
    get count() {
      return count;
    },
  };
}

const FRAME = { stack: "organization/p/dev", secretsProvider: { type: "passphrase", state: { salt: "s" } } };
const password: ResourceState = {
  type: "random:index/randomPassword:RandomPassword",
  urn: "urn:pulumi:dev::p::random:index/randomPassword:RandomPassword::pw",
  outputs: { result: secret("hush"), length: 4 },
  inputs: { length: 4 },
  id: "none",
  custom: true,
  protect: false,
  dependencies: [],
  propertyDependencies: { length: [] },
  created: "2026-11-21T06:37:58.197326385Z",
};

function encoded(text: string) {
  return (JSON.parse(text) as StoredCheckpoint).checkpoint.latest;
}

describe("checkpoint encoder", () => {
  it("writes Pulumi's fields in Pulumi's order, without the empty ones, secrets as encrypted JSON", () => {
    const encoder = new CheckpointEncoder(FRAME, new RememberedSecrets(openCipher()));
    const text = String(encoder.encode({ resources: [password], pendingOperations: [] }));
    const latest = encoded(text);
    assert.equal(
      text,
      '{"version":3,"checkpoint":{"stack":"organization/p/dev","latest":{"manifest":' +
        `{"time":"${latest?.manifest.time}","magic":"7dff0d166258e7f1d265e8e044021ea087795d58a0c6415ab6fe8b7c790e447f","version":"v3.260.0"},` +
        '"secrets_providers":{"type":"passphrase","state":{"salt":"s"}},"resources":[' +
        `{"urn":"${password.urn}","custom":true,"id":"none","type":"${password.type}","inputs":{"length":4},` +
        '"outputs":{"length":4,"result":{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","ciphertext":"1<\\"hush\\">"}},' +
        '"propertyDependencies":{"length":[]},"created":"2026-11-21T06:37:58.197326385Z"}],"metadata":{}}}}',
    );
    assert.match(latest?.manifest.time ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
  });

  it("encodes and encrypts an entry once, however often the state is written", () => {
    const cipher = openCipher();
    const encoder = new CheckpointEncoder(FRAME, new RememberedSecrets(cipher));
    let looks = 0;
    const watched = new Proxy(password, {
      ownKeys: (target) => {
        looks++;
        return Reflect.ownKeys(target);
      },
    });
    encoder.encode({ resources: [watched], pendingOperations: [] });
    encoder.encode({ resources: [watched, { ...password, urn: `${password.urn}2` }], pendingOperations: [] });
    assert.equal(looks, 1);
    assert.equal(cipher.count, 2);
  });

  it("keeps the ciphertext of a secret that did not change, per resource", () => {
    const secrets = new RememberedSecrets(openCipher());
    const stored = {
      ...password,
      outputs: {
        result: { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", ciphertext: 'old<"hush">' },
      },
    };
    const read = decodeResource(stored as never, secrets);
    assert.deepEqual(read.outputs, { result: secret("hush") });
    const again = { ...read, outputs: { result: secret("hush"), other: secret("new") } };
    const elsewhere = { ...read, urn: `${read.urn}2` };
    const latest = encoded(
      String(new CheckpointEncoder(FRAME, secrets).encode({ resources: [again, elsewhere], pendingOperations: [] })),
    );
    const texts = latest?.resources?.map(({ outputs }) => JSON.stringify(outputs).match(/"ciphertext":"[^<]*</g));
    assert.deepEqual(texts, [['"ciphertext":"1<', '"ciphertext":"old<'], ['"ciphertext":"2<']]);
  });

  it("writes version 4 and the feature when an entry needs it, and what it was read with", () => {
    const encoder = new CheckpointEncoder(
      { ...FRAME, rest: { metadata: {}, snippets: [1] } },
      new RememberedSecrets(openCipher()),
    );
    const hooked = { ...password, resourceHooks: { BeforeCreate: ["h"] } };
    const text = String(encoder.encode({ resources: [], pendingOperations: [{ resource: hooked, type: "creating" }] }));
    const file = JSON.parse(text);
    assert.deepEqual([file.version, file.features], [4, ["hooks"]]);
    assert.deepEqual(file.checkpoint.latest.snippets, [1]);
    assert.equal(file.checkpoint.latest.pending_operations[0].type, "creating");
  });

  it("the magic is the digest of the version, and empty with it", () => {
    assert.equal(magicOf("v3.260.0"), "7dff0d166258e7f1d265e8e044021ea087795d58a0c6415ab6fe8b7c790e447f");
    assert.equal(magicOf(""), "");
  });
});
