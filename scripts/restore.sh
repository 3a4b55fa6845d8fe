#!/bin/sh
# Brings a backup of a project back (--help): on a host beside its program, in a checkout through ./slipway.
set -eu
here=$(dirname "$(readlink -f "$0")")
[ -e "$here/host.js" ] && exec node "$here/host.js" cli restore "$@"
exec "$here/../slipway" restore "$@"
