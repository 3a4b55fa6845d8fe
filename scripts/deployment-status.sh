#!/bin/sh
# Shows what of a project is deployed (--help): on a host beside its program, in a checkout through ./slipway.
set -eu
here=$(dirname "$(readlink -f "$0")")
[ -e "$here/host.js" ] && exec node "$here/host.js" cli deployment-status "$@"
exec "$here/../slipway" deployment-status "$@"
