/** What a stream fails with whose reader went away: the end of a pipe (`| head`), a terminal that was closed. */
const WENT_AWAY = ["EPIPE", "EIO"];

/** No reader that goes away ends this process in the middle of its work; `wentAway` is told, until it is disposed of. */
export function outliveReaders(wentAway: () => void = () => undefined): Disposable {
  const streams = [process.stdout, process.stderr];
  const listener = (error: NodeJS.ErrnoException) => {
    if (!WENT_AWAY.includes(error.code ?? "")) throw error;
    wentAway();
  };
  for (const stream of streams) stream.on("error", listener);
  return {
    [Symbol.dispose]: () => {
      for (const stream of streams) stream.off("error", listener);
    },
  };
}
