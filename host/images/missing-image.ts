import { docker } from "../docker";
import { retry } from "../retry";
import { REGISTRY_RETRY, wantsLogin } from "./registry-fault";

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
    await retry(() => image.distribution(), REGISTRY_RETRY);
    return undefined;
  } catch (error) {
    return wantsLogin(error) ? undefined : (error as Error).message;
  }
}
