import { MASK } from "./stack-file/config-values";

/** Shorter ones would be found in every other word; as Pulumi's own filter leaves them. */
const SHORTEST = 3;

/** What shows a message without these texts; a program or a provider may have put them into an error. */
export function withoutSecretTexts(secrets: Iterable<string>): (message: string) => string {
  // Longest first: of one that is part of another, the rest of the other would be left.
  const hidden = [...new Set(secrets)].filter((text) => text.length >= SHORTEST).sort((a, b) => b.length - a.length);
  return (message) => hidden.reduce((text, secret) => text.replaceAll(secret, MASK), message);
}
