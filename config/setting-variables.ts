import type { DeploySettings } from "./project";

/** What each may be, in words and as a test. */
const ALLOWED = {
  MONITORING_DURATION: { text: "a whole number of seconds from 0 to 86400", has: isWholeDay },
  ERROR_THRESHOLD: { text: "a number from 0 to 1", has: (value: number) => value >= 0 && value <= 1 },
  HEALTH_CHECK_TIMEOUT: { text: "a number of seconds above 0", has: isPositive },
  DATABASE_TIMEOUT: { text: "a number of seconds above 0", has: isPositive },
};

export type SettingVariable = keyof typeof ALLOWED;

/**
 * Variables of the environment that override a limit or a setting for what is started with them (RB-13, SC-13). They are
 * no part of a resource's inputs: an `up` that deploys nothing changes nothing because of them.
 */
export const SETTING_VARIABLES = Object.keys(ALLOWED) as SettingVariable[];

/** Its value; nothing where it is not set, or empty. Throws where it is not what it may be. */
export function settingOf(name: SettingVariable, environment: NodeJS.ProcessEnv = process.env): number | undefined {
  const problem = settingProblem(name, environment);
  if (problem !== undefined) throw new Error(`${name} ${problem}`);
  return environment[name] ? Number(environment[name]) : undefined;
}

/** What is wrong with its value, if anything. */
export function settingProblem(name: SettingVariable, environment: NodeJS.ProcessEnv = process.env) {
  const text = environment[name];
  const { text: allowed, has } = ALLOWED[name];
  if (!text || (text.trim() !== "" && has(Number(text)))) return undefined;
  return `is "${text}"; it has to be ${allowed}`;
}

/** Those that are set, as they are. */
export function settingVariables(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const set = SETTING_VARIABLES.filter((name) => environment[name]);
  return Object.fromEntries(set.map((name) => [name, environment[name] as string]));
}

/** The settings of a deploy that is started with this environment. */
export function overridden(settings: DeploySettings, environment: NodeJS.ProcessEnv = process.env): DeploySettings {
  const watchSeconds = settingOf("MONITORING_DURATION", environment);
  const errorRate = settingOf("ERROR_THRESHOLD", environment);
  return {
    ...settings,
    ...(watchSeconds !== undefined && { watchSeconds }),
    ...(errorRate !== undefined && { errorRate }),
  };
}

function isWholeDay(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 86_400;
}

function isPositive(value: number): boolean {
  return value > 0 && Number.isFinite(value);
}
