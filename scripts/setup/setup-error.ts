/** Something this machine lacks; the hint is what to type next. */
export class SetupError extends Error {
  override name = "SetupError";

  constructor(
    what: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(`${what}\nhint: ${hint}`, options);
  }
}
