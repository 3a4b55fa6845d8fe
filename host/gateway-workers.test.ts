import { strict as assert } from "node:assert";
import { withDockerAt } from "./docker-at.fixture";
import { untilWorkersGone } from "./gateway-workers";

describe("workers of the gateway that are waited for", () => {
  it("MT-27 count as there where Docker cannot be asked", async () => {
    const areGone = (workers: number[]) => withDockerAt(() => untilWorkersGone("gateway", workers, 0.1));
    assert.equal(await areGone([17]), false);
    assert.equal(await areGone([]), true);
  });
});
