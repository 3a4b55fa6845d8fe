#!/bin/sh
# Asks every service once how it is (--help): on a host beside its program, in a checkout through ./slipway.
set -eu
here=$(dirname "$(readlink -f "$0")")
[ -e "$here/host.js" ] && exec node "$here/host.js" cli health-check "$@"
exec "$here/../slipway" health-check "$@"
