/** Beginning of an error's code, to the page that says more; the first that fits counts. */
const PAGES: [code: string, page: string][] = [
  ["slipway.usage", "docs/scripts.md"],
  ["slipway.config.", "docs/projects.reference.yml"],
  ["slipway.stack.locked", "docs/emergencies.md"],
  ["slipway.interrupted", "docs/scripts.md#ctrl-c"],
  ["slipway.run.", "docs/deploying.md"],
  ["slipway.deploy.", "docs/deploying.md"],
  ["slipway.rollback.", "docs/deploying.md"],
  ["slipway.backup.", "docs/backup-and-restore.md"],
  ["slipway.restore.", "docs/backup-and-restore.md"],
  ["slipway.downgrade.", "docs/deploying.md#downgrade"],
  ["slipway.health_check.", "docs/scripts.md#health-check"],
  ["slipway.deployment_status.", "docs/scripts.md#deployment-status"],
  ["slipway.runs.", "docs/scripts.md#runs"],
  ["slipway.env.", "docs/operations-platform.md"],
  ["slipway.init.", "docs/adding-a-project.md"],
  ["slipway.bench.", "docs/benchmarks.md"],
  ["slipway.setup.", "docs/emergencies.md#setup-fails"],
];
const OTHERS = "docs/errors.md";

/** Where the repository says more about an error with this code. */
export function docPage(code: string): string {
  return PAGES.find(([beginning]) => code.startsWith(beginning))?.[1] ?? OTHERS;
}

/** The line that ends what a person is told. */
export function seeAlso(code: string): string {
  return `see: ${docPage(code)}\n`;
}
