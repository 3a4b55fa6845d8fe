/** A failure with an exit code of the script contract (section SC of the requirements). */
export class ContractError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "ContractError";
  }
}
