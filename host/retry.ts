/** Pause before the second attempt, in milliseconds; it doubles from one to the next. */
const FIRST_PAUSE_MS = 500;

/** Codes of Node's network errors that can be gone a moment later. */
const TRANSIENT_CODES = new Set([
  ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"],
  ...["EAI_AGAIN", "UND_ERR_SOCKET", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT"],
]);

export interface RetryOptions {
  /** Whether trying again can help: not after a refused login or for what is not there. */
  isTransient: (error: unknown) => boolean;
  /** All of them, the first included. Default 3 (SC-12). */
  attempts?: number;
  /** Default 500. */
  firstPauseMs?: number;
  /** Before each pause. */
  onRetry?: (error: unknown, attempt: number, pauseMs: number) => void;
  /** The clock of tests. */
  pause?: (milliseconds: number) => Promise<void>;
}

/** Runs an action until it succeeds; rejects with its last error, at once for one that is not transient. */
export async function retry<T>(action: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { isTransient, attempts = 3, firstPauseMs = FIRST_PAUSE_MS, pause = sleep } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action(attempt);
    } catch (error) {
      if (attempt >= attempts || !isTransient(error)) throw error;
      const pauseMs = firstPauseMs * 2 ** (attempt - 1);
      options.onRetry?.(error, attempt, pauseMs);
      await pause(pauseMs);
    }
  }
}

/** A fault of the network, also one that `fetch` wrapped, or a status that asks to come again. */
export function isTransientFault(error: unknown): boolean {
  const { code, status, name, cause } = error as { code?: string; status?: number; name?: string; cause?: unknown };
  if (status !== undefined) return isTransientStatus(status);
  if (name === "TimeoutError" || TRANSIENT_CODES.has(code ?? "")) return true;
  return cause !== undefined && cause !== error && isTransientFault(cause);
}

export function isTransientStatus(status: number): boolean {
  return status >= 500 || status === 408 || status === 429;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}
