#!/bin/sh
# SPDX-License-Identifier: MIT
# tree.sh [ROOT]: the rules of the house that no compiler knows.  Prints file:line: rule: what, and fails
# when there is one.  selftest.sh proves that each rule finds its violation.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$here/../..}" || exit 2
LC_ALL=C
export LC_ALL

# find_files FOLDERS -- TESTS: files below those of the folders that exist, sorted
find_files() {
	folders=
	while [ "$1" != -- ]; do
		[ -e "$1" ] && folders="$folders $1"
		shift
	done
	shift
	[ -z "$folders" ] && return
	# shellcheck disable=SC2086  # folder names of ours hold no blanks
	find -H $folders \( -name build -o -name node_modules -o -name corpus -o -name vectors \) -prune -o \
		-type f \( "$@" \) -print | sort
}

ours() { find_files src include -- -name '*.[ch]'; }
all_c() { find_files src include bench tests -- -name '*.[ch]'; }
code() {
	find_files src include bench tests scripts -- -name '*.[ch]' -o -name '*.sh' -o -name '*.awk' \
		-o -name '*.js' -o -name '*.mjs' -o -name '*.py'
}
text() {
	code
	find_files CMakeLists.txt CMakePresets.json cmake src bench tests systemd scripts .ci -- \
		-name CMakeLists.txt -o -name '*.cmake' -o -name '*.json' -o -name '*.service' -o \
		-name '*.socket' -o -name '*.conf' -o -path 'scripts/*' -o -path '.ci/*'
}

# run RULE-FILE AWK-OPTIONS < names of files; no name, no run: awk would read the terminal
run() {
	rules=$1
	shift
	xargs -r awk "$@" -f "$here/strip.awk" -f "$here/$rules"
}

check_licence() {
	xargs -r grep -L 'SPDX-License-Identifier: MIT' | sed 's/$/:1: licence: no SPDX line/'
}

check_ascii() {
	tab=$(printf '\t')
	xargs -r grep -Han "[^ -~$tab]" | cut -d: -f1,2 | sed 's/$/: ascii: a byte that is not ASCII text/'
}

check_shell() {
	while read -r file; do
		shell=$(sed -n '1s/^#! *\(\/usr\)*\/bin\/\(env  *\)*\(sh\|bash\)\( .*\)*$/\3/p;1q' "$file")
		[ -z "$shell" ] && continue
		"$shell" -n "$file" 2>/dev/null || echo "$file:1: shell: $shell -n finds it wrong"
	done
}

found=$(
	ours | run layers.awk
	all_c | run banned.awk
	all_c | run sizes.awk -v max_function=60 -v note_function=40 -v max_file=500 -v max_header=160
	code | check_licence
	text | sort -u | check_ascii
	find_files scripts tests bench .ci systemd -- -type f | check_shell
)
count=$(all_c | wc -l)
bad=$(printf '%s\n' "$found" | grep -v -e '^note ' -e '^$')
printf '%s\n' "$found" | sed '/^$/d'
[ -z "$bad" ] || exit 1
[ "$count" -gt 0 ] || { echo "style: no file of C here"; exit 1; }
echo "style: $count files of C, nothing to complain about"
