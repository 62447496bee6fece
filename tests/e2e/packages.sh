#!/bin/sh
# SPDX-License-Identifier: MIT
# packages.sh [NPM [FOLDER]]: installs the npm packages that FOLDER/package-lock.json names (this folder's, unless told),
# when it has changed since the last time.
set -eu
cd "${2:-$(dirname "$0")}"
stamp=node_modules/.installed-lock
cmp -s package-lock.json "$stamp" && exit 0
"${1:-npm}" ci --no-audit --no-fund --ignore-scripts --loglevel=error
cp package-lock.json "$stamp"
