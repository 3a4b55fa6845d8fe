import { didYouMean, textLike } from "./shape";

/** `host[:port]/path@sha256:<64 hex>`; a host has a dot or a port, or is `localhost`. */
export const REFERENCE =
  /^(?=localhost[:/]|[^/]*[.:])[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+@sha256:[0-9a-f]{64}$/;

/** A tag could come to mean another image; a digest cannot. */
export const digestReference = textLike(REFERENCE, (found) => {
  const untagged = typeof found === "string" ? found.replace(/:[\w.-]+@/, "@") : "";
  return (
    "an image by digest like 127.0.0.1:5000/shop/web@sha256:<64 hex digits>; after a push or pull " +
    `docker inspect --format '{{index .RepoDigests 0}}' IMAGE prints it${
      untagged !== found && REFERENCE.test(untagged) ? didYouMean(untagged) : ""
    }`
  );
});
