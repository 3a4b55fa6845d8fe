import { ConfigError } from "../config/config-error";
import { seeAlso } from "../engine/cli/doc-page";
import { errorJson } from "../engine/cli/error-json";
import { configMistakes } from "./config-mistakes";

/** What a command that failed says on stderr: for people, or with `--json` for programs, under a code. */
export function failureText(error: unknown, json: boolean, code: string): string {
  const { message } = error as Error;
  if (!json) {
    const isConfig = error instanceof ConfigError;
    return `error: ${message}\n${seeAlso(isConfig ? "slipway.config.invalid" : code)}`;
  }
  return error instanceof ConfigError ? configMistakes(error) : errorJson({ code, message });
}
