#!/bin/sh
# Lists what was run, or shows one run (--help): on a host beside its program, in a checkout through ./slipway.
set -eu
here=$(dirname "$(readlink -f "$0")")
[ -e "$here/host.js" ] && exec node "$here/host.js" cli runs "$@"
exec "$here/../slipway" runs "$@"
