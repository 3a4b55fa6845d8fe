/** What the `slipway:` keys of a stack's file may say. Types and defaults are those of `StackConfig`. */

import * as z from "zod";
import { projectName, variableName } from "./grammar";
import { closedMap, didYouMean, listOf, mapOf, oneOf, textLike, wholeBetween } from "./shape";

export const ENVIRONMENTS = ["production", "staging", "local"] as const;

const REFERENCE =
  /^(?=localhost[:/]|[^/]*[.:])[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+@sha256:[0-9a-f]{64}$/;
const IMAGE_ID = /^sha256:[0-9a-f]{64}$/;

/** A tag could come to mean another image; a digest cannot. */
const image = textLike(REFERENCE, (found) => {
  const untagged = typeof found === "string" ? found.replace(/:[\w.-]+@/, "@") : "";
  return (
    "an image by digest like 127.0.0.1:5000/shop/web@sha256:<64 hex digits>; after a push or pull " +
    `docker inspect --format '{{index .RepoDigests 0}}' IMAGE prints it${
      untagged !== found && REFERENCE.test(untagged) ? didYouMean(untagged) : ""
    }`
  );
});

const platformImage = textLike(
  new RegExp(`${REFERENCE.source}|${IMAGE_ID.source}`),
  "an image by digest or id; ./slipway setup makes the platform's images and writes them here",
);

const release = closedMap({
  version: textLike(/^[\w.+-]{1,100}$/, "1 to 100 letters, digits and . _ + -"),
  images: mapOf(textLike(/^/, "text"), image, "a map from a container's name to its image"),
  rotation: wholeBetween(0, Number.MAX_SAFE_INTEGER).optional(),
});

const variable = z.union(
  [z.string(), z.strictObject({ secure: z.string() })],
  "text, or a secret as config set --secret writes it; a number like 1.10 or 010 in quotes",
);

/** The keys without `slipway:`. */
export const stackSchema = closedMap({
  environment: oneOf(...ENVIRONMENTS).optional(),
  hostRoot: textLike(/^[^\0\n]+$/, "the path of a folder").optional(),
  gateway: closedMap({
    address: textLike(/^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$/, "an IPv4 address").default("127.0.0.1"),
    port: wholeBetween(1, 65_535).optional(),
  }).prefault({}),
  registry: closedMap({ port: wholeBetween(1, 65_535).default(5000) }).prefault({}),
  images: closedMap({ gateway: platformImage, postgres: platformImage, registry: platformImage }),
  infrastructure: oneOf("hold", "apply").default("hold"),
  releases: mapOf(
    projectName,
    closedMap({ live: release.optional() }),
    "a map from a project's name to its releases",
  ).default({}),
  variables: mapOf(
    projectName,
    mapOf(variableName, variable, "a map from a variable's name to its value"),
    "a map from a project's name to its variables",
  ).default({}),
  deleteData: listOf(projectName, "a list of project names").default([]),
});

export type StackKeys = z.output<typeof stackSchema>;
