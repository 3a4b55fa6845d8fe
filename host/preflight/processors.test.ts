import { strict as assert } from "node:assert";
import { processorFindings } from "./processors";

describe("processors before a deploy", () => {
  it("MT-05 as many as there are, or a part of them, are no finding", () => {
    assert.deepEqual(processorFindings({ web: 2, mailer: 0.5 }, 2), []);
  });

  it("MT-05 each container that wants more is named with both numbers, and nobody may pass that", () => {
    assert.deepEqual(processorFindings({ web: 4, mailer: 2, report: 2.5 }, 2), [
      { text: "container web wants 4 processors (limits.cpus in projects.yml), and this host has 2" },
      { text: "container report wants 2.5 processors (limits.cpus in projects.yml), and this host has 2" },
    ]);
  });
});
