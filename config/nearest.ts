/** The known word that a typed one most likely stands for: at most a third of its letters differ. */
export function nearest(typed: string, known: string[]): string | undefined {
  const allowed = Math.max(1, Math.floor(typed.length / 3));
  let best: string | undefined;
  let least = allowed + 1;
  for (const word of known) {
    if (Math.abs(word.length - typed.length) >= least) continue;
    const edits = editDistance(typed.toLowerCase(), word.toLowerCase());
    if (edits < least) {
      best = word;
      least = edits;
    }
  }
  return best;
}

/** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let twoAbove: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (above[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let least = Math.min(replaced, (above[column] as number) + 1, (current[column - 1] as number) + 1);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, (twoAbove[column - 2] as number) + 1);
      }
      current.push(least);
    }
    [twoAbove, above] = [above, current];
  }
  return above[b.length] as number;
}
