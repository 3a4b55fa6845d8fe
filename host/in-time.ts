/** An answer, or what `late` says where it is not there after so many seconds; what works on it is left to itself then. */
export async function inTime<T, L>(answer: Promise<T>, seconds: number, late: () => L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((done) => {
    timer = setTimeout(done, seconds * 1000);
  });
  try {
    return await Promise.race([answer, over.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
