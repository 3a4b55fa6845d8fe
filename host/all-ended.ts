/** As `Promise.all`, but it rejects only when all have ended: nothing goes on behind the first error. */
export async function allEnded<T extends readonly unknown[]>(
  work: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  try {
    return (await Promise.all(work)) as unknown as T;
  } catch (error) {
    await Promise.allSettled(work);
    throw error;
  }
}
