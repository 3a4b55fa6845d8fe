import { ConfigError, type Mistake } from "../config/config-error";
import { errorJson } from "../engine/cli/error-json";

/** The mistakes of a configuration for programs, a line each. Throws again what is none. */
export function configMistakes(error: unknown): string {
  if (!(error instanceof ConfigError)) throw error;
  return error.mistakes.map(mistakeLine).join("");
}

function mistakeLine({ path, text, ...place }: Mistake): string {
  return errorJson({ code: codeOf(text), message: text, ...(path !== "" && { field: path }), ...place });
}

function codeOf(text: string): string {
  if (text.startsWith("unknown key")) return "slipway.config.unknown_key";
  return text.startsWith("missing") ? "slipway.config.missing" : "slipway.config.invalid";
}
