import assert from "node:assert/strict";
import { engineMessages } from "../../scripts/setup/engine-answer";
import { limit } from "../support/fault-limits";
import { Ledger } from "../support/ledger/ledger";
import { underLoad } from "../support/ledger/under-load";
import { note } from "../support/note";

describe("a registry that is down under load", function () {
  this.timeout(limit(180_000, 600_000));
  let ledger: Ledger;

  before(async () => {
    ledger = await Ledger.create();
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  const registry = async () => {
    const [found] = await ledger.stack.containers({ "slipway.service": "registry" });
    return ledger.stack.docker.getContainer(found?.Id as string);
  };
  const configure = (version: string, web: string) =>
    ledger.stack.configure({ releases: { ledger: { live: { version, images: { web } } } } });
  const up = () => ledger.stack.slipway("up", "--yes", "--skip-preview");

  it("fault 32 SC-12 an image that is not here: nothing starts, the release before serves, and the next `up` goes on", async function () {
    const image = await ledger.build("2.0.0");
    await configure("2.0.0", image);
    await (await registry()).stop({ t: 1 });
    const { outcome: run, text } = await underLoad(ledger, up);
    await (await registry()).start();
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, new RegExp(`127\\.0\\.0\\.1:${ledger.stack.registryPort}`));
    assert.equal(await ledger.served(), ledger.first);
    assert.deepEqual(await ledger.releases(), [ledger.first]);
    assert.equal((await up()).code, 0);
    assert.notEqual(await ledger.served(), ledger.first);
    note(this, `${text}; exit ${run.code} after ${run.seconds.toFixed(0)} s`);
  });

  it("fault 32 an image that is here by its digest: the deploy goes on", async function () {
    const before = await ledger.served();
    const image = await ledger.build("3.0.0");
    for await (const _ of engineMessages(await ledger.stack.docker.pull(image)));
    await configure("3.0.0", image);
    await (await registry()).stop({ t: 1 });
    const { outcome: run, text } = await underLoad(ledger, up);
    await (await registry()).start();
    assert.equal(run.code, 0, run.output);
    assert.notEqual(await ledger.served(), before);
    note(this, `${text}; live, exit ${run.code}`);
  });
});
