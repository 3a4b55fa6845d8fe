import { ORGANIZATION, type StackName } from "../state/stack-files";

/** A stack name that the file backend does not take; its message is for the user. */
export class StackNameError extends Error {
  override name = "StackNameError";
}

/** Reads `stack`, `organization/stack` or `organization/project/stack`. Throws `StackNameError`. */
export function parseStackName(text: string, project: string): StackName {
  const parts = text.split("/");
  const stack = parts.at(-1) as string;
  if (parts.length > 3) throw new StackNameError(`${text} is not a stack name: it has more than two slashes`);
  if (parts.length > 1 && parts[0] !== ORGANIZATION) {
    throw new StackNameError(`organization name must be '${ORGANIZATION}'`);
  }
  const named = parts.length === 3 ? (parts[1] as string) : project;
  if (named !== project) {
    throw new StackNameError(`provided project name "${named}" doesn't match Pulumi.yaml`);
  }
  const wrong = /[^A-Za-z0-9_.-]/.exec(stack);
  if (wrong) {
    throw new StackNameError(
      `a stack name may only contain alphanumeric, hyphens, underscores, or periods: invalid character '${wrong[0]}' at position ${wrong.index}`,
    );
  }
  if (stack === "" || stack.length > 100 || stack === "." || stack === "..") {
    throw new StackNameError("a stack name must be between 1 and 100 characters, and neither . nor ..");
  }
  return { project, stack };
}
