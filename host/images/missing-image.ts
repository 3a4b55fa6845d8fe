import { docker } from "../docker";

/**
 * Why an image can not be had, neither on this host nor from its registry; `undefined` when it can, or a registry that
 * wants a login does not tell.
 */
export async function missingImage(reference: string): Promise<string | undefined> {
  const image = docker().getImage(reference);
  try {
    await image.inspect();
    return undefined;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error;
  }
  try {
    await image.distribution();
    return undefined;
  } catch (error) {
    const { statusCode, message } = error as Error & { statusCode?: number };
    const wantsLogin = statusCode === 401 || statusCode === 403 || /denied|no basic auth|unauthorized/i.test(message);
    return wantsLogin ? undefined : message;
  }
}
