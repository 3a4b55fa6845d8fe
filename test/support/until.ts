/** Pause between two looks, in milliseconds. */
const LOOK_EVERY_MS = 20;

/** Waits for a condition; at its deadline the error says what it waited for and what it saw last. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineSeconds = 30,
): Promise<T> {
  const deadline = Date.now() + deadlineSeconds * 1000;
  let last = "nothing";
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== false) return seen;
    } catch (error) {
      last = (error as Error).message;
    }
    if (Date.now() > deadline) throw new Error(`waited ${deadlineSeconds} s for ${what}; saw ${last}`);
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
}
