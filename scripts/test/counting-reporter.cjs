// Mocha's usual output, and at the end the counts as JSON in the file that SLIPWAY_TEST_COUNTS names, and with them each
// test: its title, outcome, seconds, note and error. A process that does not end soon after its tests counts as one more
// failure: one of them left something running.

"use strict";
const { writeFileSync } = require("node:fs");
const { Spec } = require("mocha").reporters;

/** Time for what ends by itself, such as connections that a busy Docker is to close. */
const ENDS_WITHIN_MS = Number(process.env.SLIPWAY_TEST_ENDS_WITHIN_MS ?? 20_000);

module.exports = class CountingReporter extends Spec {
  tests = [];

  constructor(runner, options) {
    super(runner, options);
    const tell = (outcome) => (test, error) => {
      const { title, duration = 0, note } = test;
      this.tests.push({
        title,
        outcome,
        seconds: duration / 1000,
        note,
        error: error && (error.stack ?? String(error)),
      });
    };
    runner.on("pass", tell("ok")).on("fail", tell("failed")).on("pending", tell("skipped"));
  }

  epilogue() {
    super.epilogue();
    this.writeCounts(0);
    setTimeout(() => {
      process.stdout.write(`a test left open: ${process.getActiveResourcesInfo().join(", ")}\n`);
      this.writeCounts(1);
      process.exit();
    }, ENDS_WITHIN_MS).unref();
  }

  writeCounts(leaks) {
    const { passes, failures, pending } = this.stats;
    const counts = { passed: passes, failed: failures + leaks, skipped: pending, tests: this.tests };
    writeFileSync(process.env.SLIPWAY_TEST_COUNTS, JSON.stringify(counts));
  }
};
