import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** A passphrase is wrong, or there is none. */
export class PassphraseError extends Error {
  override name = "PassphraseError";
}

export interface Passphrase {
  text: string;
  /** The generated file that it comes from; a derived key may be kept beside it. Left out: from the user. */
  generatedFile?: string;
}

/** Where the passphrase of stack `local` is generated: in the project's own, git-ignored folder. */
export function localPassphraseFile(projectRoot: string): string {
  return join(projectRoot, ".slipway", "passphrase");
}

/**
 * The passphrase of stack `local`, made on first use: 32 random bytes, mode 0600. Two processes that start together
 * agree, because a file that is there is never replaced.
 */
export async function ensureLocalPassphrase(projectRoot: string): Promise<string> {
  const file = localPassphraseFile(projectRoot);
  const existing = await readFile(file, "utf8").catch(absent);
  if (existing !== undefined) return existing.trim();
  await mkdir(dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  await writeFile(mine, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  try {
    await link(mine, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(mine, { force: true });
  }
  return (await readFile(file, "utf8")).trim();
}

/**
 * The passphrase as Pulumi finds it: `PULUMI_CONFIG_PASSPHRASE` (which may be empty), else the trimmed content of
 * `PULUMI_CONFIG_PASSPHRASE_FILE`, which may be the generated file; for stack `local` of this project, else that.
 */
export async function findPassphrase(
  environment: NodeJS.ProcessEnv,
  project: { root: string; isLocal: boolean },
): Promise<Passphrase> {
  const ownFile = localPassphraseFile(project.root);
  if (environment.PULUMI_CONFIG_PASSPHRASE !== undefined) return { text: environment.PULUMI_CONFIG_PASSPHRASE };
  const file = environment.PULUMI_CONFIG_PASSPHRASE_FILE;
  if (file) {
    const text = await readFile(file, "utf8").catch((error) => {
      throw new PassphraseError(`PULUMI_CONFIG_PASSPHRASE_FILE: cannot read ${file} (${error.code})`);
    });
    return { text: text.trim(), ...(resolve(file) === ownFile && { generatedFile: ownFile }) };
  }
  if (project.isLocal) return { text: await ensureLocalPassphrase(project.root), generatedFile: ownFile };
  throw new PassphraseError(
    "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables",
  );
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}
