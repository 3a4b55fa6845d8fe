const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY"];
/** What stands for a user and a password in a text. */
const HIDDEN = "***";
/** An address without a scheme is one, too. */
const CREDENTIALS = /^(?:[a-z][a-z\d+.-]*:\/\/)?(.+)@/i;
const THIS_MACHINE = /^(?:[a-z][a-z\d+.-]*:\/\/)?(?:.+@)?(?:localhost|127\.[\d.]+|\[::1\])(?:[:/]|$)/i;

/** Whether programs here are told to go through a proxy. */
export function isBehindProxy(env: NodeJS.ProcessEnv): boolean {
  return PROXIES.some((name) => settingOf(name, env) !== undefined);
}

/**
 * The variables of the proxy as build arguments, in both cases: apt reads the lower one alone. Docker's command line
 * adds them, its engine does not; it takes them without a declaration, and keeps them out of the image and its history.
 * Those of a proxy on this machine's loopback are left out: a container has a loopback of its own.
 */
export function proxyArguments(env: NodeJS.ProcessEnv): Record<string, string> {
  const found = [...PROXIES, "NO_PROXY"].flatMap((name): [string, string][] => {
    const value = settingOf(name, env);
    const isUsable = value !== undefined && (name === "NO_PROXY" || !THIS_MACHINE.test(value));
    return isUsable ? [[name, value]] : [];
  });
  return Object.fromEntries(found.flatMap(([name, value]) => bothCases(name).map((key) => [key, value])));
}

/** A text as it may be shown: without the user and the password of a proxy. */
export function withoutCredentials(text: string, env: NodeJS.ProcessEnv): string {
  return PROXIES.flatMap(bothCases)
    .flatMap((name) => CREDENTIALS.exec(env[name] ?? "")?.[1] ?? [])
    .reduce((shown, credentials) => shown.replaceAll(`${credentials}@`, `${HIDDEN}@`), text);
}

function settingOf(name: string, env: NodeJS.ProcessEnv): string | undefined {
  return bothCases(name)
    .map((key) => env[key])
    .find((value) => value);
}

/** The lower one first: where both are set, most programs take that. */
function bothCases(name: string): string[] {
  return [name.toLowerCase(), name];
}
