# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# Sourced: need TOOL PACKAGE ends the test with the command that installs what is missing; fail WORDS...
need() {
	command -v "$1" >/dev/null || {
		echo "$1 is missing: sudo apt-get install $2 (scripts/setup installs all there is to install)" >&2
		exit 1
	}
}
fail() {
	echo "FAIL: $*" >&2
	exit 1
}
