/** A shell command that does nothing, successfully. */
export const NOTHING = ":";

/** Line that runs a command of the host program; the request comes on stdin. */
export function hostCommand(program: string, verb: string): string {
  return `exec node ${shellQuote(program)} ${verb}`;
}

/** The same on a host that may not have the program yet, and then prints nothing. */
export function hostCommandWhereInstalled(program: string, verb: string): string {
  return `[ ! -e ${shellQuote(program)} ] || ${hostCommand(program, verb)}`;
}

/** Line that runs another on a host, by the `ssh` of this machine. */
export function overSsh(sshConfig: string, address: string, line: string): string {
  return `exec ssh -F ${shellQuote(sshConfig)} -T -- ${shellQuote(address)} ${shellQuote(line)}`;
}

/**
 * Line that copies all of a folder of this machine into one of a host. Each file appears there by a rename: whoever
 * starts the program meanwhile reads the old one or the new one.
 */
export function installCommand(from: string, sshConfig: string, address: string, to: string): string {
  const incoming = shellQuote(`${to}/.incoming`);
  const unpack = `rm -rf ${incoming} && mkdir -p ${incoming} && tar -xo -C ${incoming} && chmod -R a+rX ${incoming}`;
  const install = `${unpack} && mv -f ${incoming}/* ${shellQuote(to)}/ && rmdir ${incoming}`;
  return `tar -c --exclude='./.*' -C ${shellQuote(from)} . | ${overSsh(sshConfig, address, install)}`;
}

export function shellQuote(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
