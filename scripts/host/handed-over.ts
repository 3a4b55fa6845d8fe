import { shellQuote } from "../../components/host/host-commands";
import { settingVariables } from "../../config/setting-variables";

/** What a command on a host gets of this process' environment: SSH hands none over. */
export function handedOver(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const { ROLLBACK_CONFIRM } = environment;
  return { ...settingVariables(environment), ...(ROLLBACK_CONFIRM && { ROLLBACK_CONFIRM }) };
}

/** What a shell's line begins with, for a command to have these in its environment. */
export function exportLine(variables: Record<string, string>): string {
  const pairs = Object.entries(variables).map(([name, value]) => `${name}=${shellQuote(value)}`);
  return pairs.length > 0 ? `export ${pairs.join(" ")}; ` : "";
}
