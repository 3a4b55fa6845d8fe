#!/bin/sh
# Deploys a version of a project (--help): in a checkout only, where its configuration is.
set -eu
exec "$(dirname "$(readlink -f "$0")")/../slipway" deploy "$@"
