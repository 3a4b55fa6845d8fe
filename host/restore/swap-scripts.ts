import { OWN_PREFIX } from "../backup/volume-archive";

/** Folder of a volume for what is made ready beside its content. */
export const READY = `${OWN_PREFIX}restore`;
/** In it: what takes the place of the volume's content, and the names that it takes the place of. */
export const CONTENT = "content";
const REPLACED = "replaced";
/** Last line of a swap that is done. */
export const SWAPPED = "swapped";

/** The folder that a swap keeps a volume's content in. `moment`: when it began, as `20260131_235959`. */
export function keptFolder(moment: string): string {
  return `${OWN_PREFIX}before-${moment}`;
}

/** What is ready is called `$begun` from the moment at which the swap has begun: whoever finds it finishes it. */
const START = ["set -e", "cd /volume", `kept=${keptFolder("$1")}`, `begun=${OWN_PREFIX}swap-$1`];

/**
 * Bash that begins the swap of moment `$1`, of what is ready with a volume's content. One rename is the beginning, after
 * all that the rest needs is on disk.
 */
export const BEGIN = [
  ...START,
  'mkdir "$kept"',
  `find . -mindepth 1 -maxdepth 1 ! -name '${OWN_PREFIX}*' -printf '%f\\0' > ${READY}/${REPLACED}`,
  "sync --file-system .",
  `mv -T ${READY} "$begun"`,
].join("\n");

/**
 * Bash that finishes it, wherever it was cut off; one that was not begun it leaves. Each name of the backup takes its
 * place right after the old one has left it, and what the backup does not have goes last: so the volume is at no time
 * empty for longer than one rename. What somebody wrote meanwhile in the place of a name is kept, too.
 */
export const FINISH = [
  ...START,
  `if [ ! -d "$begun" ]; then if [ -d "$kept" ]; then rmdir "$kept" 2>/dev/null || echo ${SWAPPED}; fi; exit 0; fi`,
  'is_there() { [ -e "$1" ] || [ -L "$1" ]; }',
  'put_aside() { to=$kept/$1; while is_there "$to"; do to=$to~; done; mv -T "./$1" "$to"; }',
  `find "$begun/${CONTENT}" -mindepth 1 -maxdepth 1 -printf '%f\\0' > "$begun/incoming"`,
  "while IFS= read -r -d '' name; do",
  '  if is_there "./$name"; then put_aside "$name"; fi',
  `  mv -T "$begun/${CONTENT}/$name" "./$name"`,
  'done < "$begun/incoming"',
  "while IFS= read -r -d '' name; do",
  '  if is_there "./$name" && ! is_there "$kept/$name"; then put_aside "$name"; fi',
  `done < "$begun/${REPLACED}"`,
  `chown --reference="$begun/${CONTENT}" .`,
  `chmod --reference="$begun/${CONTENT}" .`,
  "sync --file-system .",
  `mv -T "$begun" ${READY}`,
  `rm -rf ${READY}`,
  `echo ${SWAPPED}`,
].join("\n");
