/**
 * `fetch` with a time that the answer's beginning and then its body may take, in milliseconds; rejects with a
 * `TimeoutError` after it. Until the answer begins the process stays: in Node.js 20 the first `fetch` of a process
 * never settles if its connection is closed as it is made, nor does the timer of `AbortSignal.timeout` hold a process,
 * which would end there in silence, with exit code 0.
 */
export async function fetchWithin(
  ms: number,
  input: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const limit = AbortSignal.timeout(ms);
  const stay = setTimeout(() => undefined, ms + 1000);
  try {
    return await fetch(input, { ...init, signal: init.signal ? AbortSignal.any([limit, init.signal]) : limit });
  } finally {
    clearTimeout(stay);
  }
}
