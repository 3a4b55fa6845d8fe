import { userInfo } from "node:os";

/** Who runs this process; a uid without a name, as in a container with `--user 12345`, goes by the environment. */
export function username(): string {
  try {
    return userInfo().username;
  } catch {
    const { USER, LOGNAME } = process.env;
    return USER || LOGNAME || `uid ${process.getuid?.()}`;
  }
}
