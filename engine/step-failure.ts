/** A step that did not do what it should. */
export class StepFailure extends Error {
  constructor(
    message: string,
    /** 0: nothing was done; 1: partly done, and recorded; 2: not known. As in Pulumi's event log. */
    readonly status: 0 | 1 | 2,
    /** Refused without an attempt, so that a preview tells it, too. */
    readonly isRefusal = false,
  ) {
    super(message);
    this.name = "StepFailure";
  }
}

/** Nobody waits for it any more, and what it began may go on: its operation stays pending. */
export class UnfinishedStep extends StepFailure {
  constructor(message: string) {
    super(message, 2);
    this.name = "UnfinishedStep";
  }
}
