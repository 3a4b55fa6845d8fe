import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What a container of the records runs, beside the shell's own commands. */
const programs = ["/bin/sh", "/bin/sleep"];

/**
 * Makes an image of a few megabytes with a shell, from this machine's own programs: no registry has to be reached.
 *
 * @param mark makes the image another one than the same with another mark
 */
export function makeSmallImage(reference: string, mark: string): void {
  const root = mkdtempSync(join(tmpdir(), "slipway-golden-image-"));
  try {
    for (const path of new Set(programs.flatMap((program) => [program, ...librariesOf(program)]))) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      copyFileSync(realpathSync(path), join(root, path));
    }
    for (const folder of ["tmp", "etc", "data"]) mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, "etc/mark"), mark);
    const archive = execFileSync("tar", ["-C", root, "--owner=0", "--group=0", "-c", "."], { maxBuffer: 1 << 28 });
    const environment = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    execFileSync(
      "docker",
      ["import", "-c", environment, "-c", 'CMD ["sh"]', "-c", "LABEL slipway.test=golden", "-", reference],
      {
        input: archive,
        stdio: ["pipe", "ignore", "inherit"],
      },
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function librariesOf(program: string): string[] {
  const listed = execFileSync("ldd", [program], { encoding: "utf8" });
  return [...listed.matchAll(/(\/\S+) \(0x/g)].map((match) => match[1] ?? "");
}
