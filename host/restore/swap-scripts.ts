import { OWN_PREFIX } from "../backup/volume-archive";

/** Folder of a volume for what is made ready beside its content. */
export const READY = `${OWN_PREFIX}restore`;
/** In it: what takes the place of the volume's content, its names, and the names that it takes the place of. */
export const CONTENT = "content";
const INCOMING = "incoming";
const REPLACED = "replaced";
/** In it until the first rename: the folder for what is replaced, with the volume's own owner and mode. */
const KEPT = "kept";
/** Last line of a swap that is done. */
export const SWAPPED = "swapped";

/** The folder that a swap keeps a volume's content in. `moment`: when it began, as `20260131_235959`. */
export function keptFolder(moment: string): string {
  return `${OWN_PREFIX}before-${moment}`;
}

/**
 * What is ready is called `$begun` from the moment at which the swap has begun until it is over: whoever finds it ends the
 * swap, this way or the other. Without it, `$kept` is there after a swap, and is not where none was begun.
 */
const START = [
  "set -e",
  "cd /volume",
  `kept=${keptFolder("$1")}`,
  `begun=${OWN_PREFIX}swap-$1`,
  'is_there() { [ -e "$1" ] || [ -L "$1" ]; }',
  'put_aside() { to=$kept/$1; while is_there "$to"; do to=$to~; done; mv -T "./$1" "$to"; }',
];
const GO_ON = [
  ...START,
  `if [ ! -d "$begun" ]; then if [ -d "$kept" ]; then echo ${SWAPPED}; fi; exit 0; fi`,
  `if [ -d "$begun/${KEPT}" ]; then mv -T "$begun/${KEPT}" "$kept"; fi`,
];
const THROW_AWAY = ["sync --file-system .", `mv -T "$begun" ${READY}`, `rm -rf ${READY}`];

/**
 * Bash that begins the swap of moment `$1`, of what is ready with a volume's content. One rename is the beginning, after
 * all that the rest needs is on disk.
 */
export const BEGIN = [
  ...START,
  `mkdir ${READY}/${KEPT}`,
  `chown --reference=. ${READY}/${KEPT}`,
  `chmod --reference=. ${READY}/${KEPT}`,
  `find . -mindepth 1 -maxdepth 1 ! -name '${OWN_PREFIX}*' -printf '%f\\0' > ${READY}/${REPLACED}`,
  `find ${READY}/${CONTENT} -mindepth 1 -maxdepth 1 -printf '%f\\0' > ${READY}/${INCOMING}`,
  "sync --file-system .",
  `mv -T ${READY} "$begun"`,
].join("\n");

/**
 * Bash that finishes it, wherever it was cut off; one that was not begun it leaves. Each name of the backup takes its
 * place right after the old one has left it, and what the backup does not have goes last: so the volume is at no time
 * empty for longer than one rename. What somebody wrote meanwhile in the place of a name is kept, too.
 */
export const FINISH = [
  ...GO_ON,
  "while IFS= read -r -d '' name; do",
  `  is_there "$begun/${CONTENT}/$name" || continue`,
  '  if is_there "./$name"; then put_aside "$name"; fi',
  `  mv -T "$begun/${CONTENT}/$name" "./$name"`,
  `done < "$begun/${INCOMING}"`,
  "while IFS= read -r -d '' name; do",
  '  if is_there "./$name" && ! is_there "$kept/$name"; then put_aside "$name"; fi',
  `done < "$begun/${REPLACED}"`,
  `chown --reference="$begun/${CONTENT}" .`,
  `chmod --reference="$begun/${CONTENT}" .`,
  ...THROW_AWAY,
  `echo ${SWAPPED}`,
].join("\n");

/**
 * Bash that takes it back, wherever it was cut off; one that is done it leaves. What somebody wrote meanwhile in the place
 * of a name stays in a folder of its own.
 */
export const UNDO = [
  ...GO_ON,
  "while IFS= read -r -d '' name; do",
  `  if is_there "./$name" && ! is_there "$begun/${CONTENT}/$name"; then mv -T "./$name" "$begun/${CONTENT}/$name"; fi`,
  `done < "$begun/${INCOMING}"`,
  "while IFS= read -r -d '' name; do",
  '  is_there "$kept/$name" || continue',
  '  if is_there "./$name"; then put_aside "$name"; fi',
  '  mv -T "$kept/$name" "./$name"',
  `done < "$begun/${REPLACED}"`,
  'chown --reference="$kept" .',
  'chmod --reference="$kept" .',
  `meanwhile=${OWN_PREFIX}meanwhile-$1`,
  'if [ -n "$(ls -A "$kept")" ]; then mkdir -p "$meanwhile"; find "$kept" -mindepth 1 -maxdepth 1 -exec mv -t "$meanwhile" {} +; fi',
  `mv -T "$kept" "$begun/${KEPT}"`,
  ...THROW_AWAY,
].join("\n");
