#!/bin/sh
# Takes a project back to an earlier release (--help): on a host beside its program, in a checkout through ./slipway.
set -eu
here=$(dirname "$(readlink -f "$0")")
[ -e "$here/host.js" ] && exec node "$here/host.js" cli rollback "$@"
exec "$here/../slipway" rollback "$@"
