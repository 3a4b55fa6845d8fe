/** Something of Pulumi's that this engine leaves to Pulumi's own. */
export class UnsupportedError extends Error {
  constructor(what: string) {
    super(`${what} is not supported by the embedded engine; use Pulumi's CLI for this (SLIPWAY_ENGINE=official)`);
    this.name = "UnsupportedError";
  }
}
