/** What a stream fails with whose reader went away: the end of a pipe (`| head`), a terminal that was closed. */
const WENT_AWAY = ["EPIPE", "EIO"];
/** And one that is a file with no room for more: a full disk, a quota, a limit. */
const NO_ROOM = ["ENOSPC", "EDQUOT", "EFBIG"];

export function hasNoRoom({ code = "" }: NodeJS.ErrnoException): boolean {
  return NO_ROOM.includes(code);
}

/**
 * No reader that goes away ends this process in the middle of its work; `wentAway` is told, until it is disposed of. Nor
 * does a file that is full, whose owner need not want the end: what is written to it is lost, until there is room.
 */
export function outliveReaders(wentAway: () => void = () => undefined): Disposable {
  const streams = [process.stdout, process.stderr];
  const listener = (error: NodeJS.ErrnoException) => {
    if (hasNoRoom(error)) return;
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
