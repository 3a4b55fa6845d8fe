/** What the `slipway:` keys of a stack's file may say. Types and defaults are those of `StackConfig`. */

import * as z from "zod";
import { projectName, variableName } from "./grammar";
import { digestReference, REFERENCE } from "./image-reference";
import { deployOverride, snapshotShape } from "./projects-schema";
import { closedMap, flag, listOf, mapOf, oneOf, textLike, wholeBetween } from "./shape";

export const ENVIRONMENTS = ["production", "staging", "local"] as const;

const IMAGE_ID = /^sha256:[0-9a-f]{64}$/;

const platformImage = textLike(
  new RegExp(`${REFERENCE.source}|${IMAGE_ID.source}`),
  "an image by digest or id; ./slipway setup makes the platform's images and writes them here",
);

const variable = z.union(
  [z.string(), z.strictObject({ secure: z.string() })],
  "text, or a secret as config set --secret writes it; a number like 1.10 or 010 in quotes",
);

/** Of a release that was deployed: its values of `.env` files are not kept, only told apart. */
const keptVariable = z.union(
  [z.string(), z.strictObject({ secure: z.string() }), z.strictObject({ env: z.string() })],
  "text, a secret as config set --secret writes it, or { env: … } as deploy writes it",
);

const release = closedMap({
  version: textLike(/^\w[\w.+-]{0,99}$/, "1 to 100 letters, digits and . _ + -, no sign first"),
  images: mapOf(textLike(/^/, "text"), digestReference, "a map from a container's name to its image"),
  imageIds: mapOf(
    textLike(/^/, "text"),
    textLike(IMAGE_ID, "an image's id like sha256: and 64 hexadecimal digits"),
    "a map from a container's name to its image's id",
  ).optional(),
  rotation: wholeBetween(0, Number.MAX_SAFE_INTEGER).optional(),
  snapshot: closedMap({
    ...snapshotShape,
    variables: mapOf(variableName, keptVariable, "a map from a variable's name to its value").default({}),
  }).optional(),
});

const host = closedMap({
  address: textLike(/^[A-Za-z0-9.:-]{1,253}$/, "a host name or an IP address"),
  user: textLike(/^[a-z_][a-z0-9_-]{0,31}$/, "a user's name").default("root"),
  port: wholeBetween(1, 65_535).default(22),
  hostKey: textLike(
    /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/=]+$/,
    "the host's public key like ssh-ed25519 AAAA…; `ssh-keyscan -t ed25519 HOST` prints it, compare it with the host's own",
  ),
  identityFile: textLike(/^[^\0\n]+$/, "the path of a private key").optional(),
});

const s3 = closedMap({
  endpoint: textLike(/^https?:\/\/[^\s/]+$/, "an address like https://fra1.digitaloceanspaces.com"),
  region: textLike(/^[a-z0-9-]{1,32}$/, "a region like fra1").default("us-east-1"),
  bucket: textLike(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "a bucket's name, 3 to 63 characters"),
  prefix: textLike(/^([A-Za-z0-9._-]+\/)*$/, "a path that ends with /, or nothing").default(""),
  accessKeyId: variable,
  secretAccessKey: variable,
});

/** Of the registry that serves a stack's images, on loopback. */
export const REGISTRY_PORT = 5000;

/** The keys without `slipway:`. */
export const stackSchema = closedMap({
  environment: oneOf(...ENVIRONMENTS).optional(),
  hostRoot: textLike(/^[^\0\n]+$/, "the path of a folder").optional(),
  gateway: closedMap({
    address: textLike(/^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$/, "an IPv4 address").default("127.0.0.1"),
    port: wholeBetween(1, 65_535).optional(),
  }).prefault({}),
  registry: closedMap({ port: wholeBetween(1, 65_535).default(REGISTRY_PORT) }).prefault({}),
  images: closedMap({ gateway: platformImage, postgres: platformImage, registry: platformImage }),
  checkPublicAddress: flag().optional(),
  infrastructure: oneOf("hold", "apply").default("hold"),
  releases: mapOf(
    projectName,
    closedMap({
      live: release.optional(),
      standby: release.optional(),
      fallback: flag().optional(),
      restore: closedMap({
        backup: textLike(/^backup_\d{8}_\d{6}(_\d+)?$/, "a backup's id like backup_20260131_235959"),
        nonce: textLike(/^[\w.:-]{1,64}$/, "1 to 64 letters, digits and . _ : -; a new one for every restore"),
      }).optional(),
    }),
    "a map from a project's name to its releases",
  ).default({}),
  variables: mapOf(
    projectName,
    mapOf(variableName, variable, "a map from a variable's name to its value"),
    "a map from a project's name to its variables",
  ).default({}),
  deleteData: listOf(projectName, "a list of project names").default([]),
  deploy: mapOf(
    textLike(/^(\*|(?=.{1,31}$)[a-z](-?[a-z0-9])*)$/, 'a project\'s name, or "*" for all'),
    deployOverride,
    'a map from a project\'s name, or "*", to settings',
  ).default({}),
  registries: mapOf(
    textLike(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$/, "a registry's host, with its port if any"),
    closedMap({ username: textLike(/^[^\0\n:]+$/, "a user's name"), password: variable }),
    "a map from a registry's host to its login",
  ).default({}),
  notify: closedMap({ webhook: variable }).optional(),
  backup: closedMap({
    schedule: textLike(
      /^[A-Za-z0-9*,:./~ -]{1,100}$/,
      "a calendar expression of systemd's like *-*-* 03:00:00 or Mon *-*-* 03:00:00 UTC",
    ).default("*-*-* 03:00:00"),
    s3: s3.optional(),
  }).prefault({}),
  host: host.optional(),
});

export type StackKeys = z.output<typeof stackSchema>;
