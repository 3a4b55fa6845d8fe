#!/bin/sh
# Backs up a project (--help): on a host beside its program, in a checkout through ./slipway.
set -eu
here=$(dirname "$(readlink -f "$0")")
[ -e "$here/host.js" ] && exec node "$here/host.js" cli backup "$@"
exec "$here/../slipway" backup "$@"
