#!/bin/sh
# SPDX-License-Identifier: MIT
# mandoc.sh FOLDER: mandoc has nothing to warn of in any page.
set -eu
. "$(dirname "$0")/need.sh"
need mandoc mandoc
pages=$(find "$1" -name '*.[1-9]' | sort)
[ -n "$pages" ] || fail "no page in $1"
# shellcheck disable=SC2086  # our pages have no blanks in their names
mandoc -T lint -W warning $pages || fail "the pages above"
echo "mandoc: $(printf '%s\n' "$pages" | wc -l) pages, nothing to warn of"
