import { randomInt } from "node:crypto";

export interface CharacterClass {
  characters: string[];
  /** Whether the rest of the text, beyond every minimum, is drawn from this class too. */
  allowed: boolean;
  /** So many characters of this class, even when it is not allowed otherwise. */
  atLeast: number;
}

/** Characters drawn evenly, in an order drawn evenly, from the system's random source. */
export function randomText(length: number, classes: CharacterClass[]): string {
  const text = classes.flatMap(({ characters, atLeast }) => draw(atLeast, characters));
  const rest = classes.filter(({ allowed }) => allowed).flatMap(({ characters }) => characters);
  text.push(...draw(length - text.length, rest));
  return shuffled(text).join("");
}

function draw(count: number, characters: string[]): string[] {
  return Array.from({ length: count }, () => oneOf(characters));
}

export function oneOf<T>(choices: readonly T[]): T {
  return choices[randomInt(choices.length)] as T;
}

/** Fisher and Yates: every order is as likely as any other. */
function shuffled<T>(items: T[]): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
