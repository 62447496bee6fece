#!/bin/sh
# SPDX-License-Identifier: MIT
# selftest.sh: each rule of tree.sh shown to find its violation, in a small tree made for it, and to leave
# alone what only looks like one.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cases=0
failures=0

# Every case begins with the same clean tree.
fresh() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/src/wire" "$work/tree/include/ringdown/wire" "$work/tree/scripts" "$work/tree/tests"
	cd "$work/tree" || exit 2
	licensed include/ringdown/wire/form.h '#include "ringdown/base/str.h"'
	licensed src/wire/form.c '#include "ringdown/wire/form.h"' '#include <string.h>' '#include <jansson.h>'
}

# licensed FILE LINES...: a file of ours; what is under test begins on its second line
licensed() {
	file=$1
	shift
	mkdir -p "$(dirname "$file")"
	{
		echo '/* SPDX-License-Identifier: MIT */'
		printf '%s\n' "$@"
	} >"$file"
}

report() {
	failures=$((failures + 1))
	echo "FAILED: $1"
	printf '%s\n' "$output" | sed 's/^/    /'
}

# found NAME WANTED: tree.sh fails and tells exactly one thing, which begins with WANTED
found() {
	cases=$((cases + 1))
	output=$(sh "$here/tree.sh" "$work/tree" 2>&1) && report "$1: passed" && return
	[ "$(printf '%s\n' "$output" | wc -l)" -eq 1 ] || report "$1: not one line"
	case $output in
	"$2"*) ;;
	*) report "$1: wanted $2" ;;
	esac
}

clean() {
	cases=$((cases + 1))
	output=$(sh "$here/tree.sh" "$work/tree" 2>&1) || report "$1: did not pass"
}

# bad NAME WANTED FILE LINES...: one file with the fault on its second line
bad() {
	name=$1 wanted=$2
	shift 2
	fresh
	licensed "$@"
	found "$name" "$wanted"
}

good() {
	name=$1
	shift
	fresh
	licensed "$@"
	clean "$name"
}

repeat() { awk -v line="$1" -v n="$2" 'BEGIN { while (n-- > 0) print line }'; }

fresh
clean 'the tree each case begins with'
rm -rf "$work/tree/src" "$work/tree/include"
found 'a tree with nothing in it' 'style: no file of C'

# Layers: one way up for each room, and one sideways.
for pair in base:wire base:store store:wire store:plane link:store media:wire wire:call call:media call:wire record:wire outbound:record plane:jobs \
	plane:outbound plane:link jobs:plane jobs:link link:outbound link:app; do
	room=${pair%:*} other=${pair#*:}
	bad "$room includes $other" "src/$room/x.c:2: layer: $room may not include ringdown/$other/y.h" \
		"src/$room/x.c" "#include \"ringdown/$other/y.h\""
done
bad 'a header may not either' 'include/ringdown/base/x.h:2: layer:' \
	include/ringdown/base/x.h '#include "ringdown/link/link.h"'
bad 'in angle brackets' 'src/base/x.c:2: layer:' src/base/x.c '#include <ringdown/link/link.h>'
bad 'with blanks' 'src/base/x.c:2: layer:' src/base/x.c ' #  include	"ringdown/link/link.h"'
bad 'past the public headers' 'src/link/x.c:2: layer:' src/link/x.c '#include "../plane/private.h"'
bad 'a room nobody knows' 'src/attic/x.c:1: layer: no such room' src/attic/x.c 'int x;'
good 'an include in a comment' src/base/x.c '/* as' '#include "ringdown/link/link.h"' 'does */'
good 'what each room may include' src/link/x.c '#include "ringdown/plane/plane.h"' \
	'#include "ringdown/jobs/tools.h"' '#include "ringdown/call/call.h"' '#include "leg.h"'
good 'app may include all' src/main.c '#include "ringdown/link/link.h"' '#include "ringdown/outbound/http_client.h"'

# Libraries.
for pair in base:jansson.h base:sqlite3.h plane:sqlite3.h app:libpq-fe.h store:jansson.h media:jansson.h call:jansson.h outbound:jansson.h media:openssl/hmac.h \
	jobs:openssl/rand.h wire:curl/curl.h plane:curl/curl.h link:curl/curl.h app:libwebsockets.h \
	app:uv.h plane:uv.h link:opusenc.h wire:speex/speex_resampler.h link:opus/opus.h \
	link:systemd/sd-daemon.h link:ini.h; do
	room=${pair%%:*} header=${pair#*:}
	bad "$room includes $header" "src/$room/x.c:2: library: $room may not include $header" \
		"src/$room/x.c" "#include <$header>"
done
bad 'plane wants random numbers only' 'src/plane/x.c:2: library: plane may include of OpenSSL only' \
	src/plane/x.c '#include <openssl/hmac.h>'
bad 'a library nobody owns' 'src/app/x.c:2: library: glib.h belongs to no room' src/app/x.c '#include <glib.h>'
good 'random numbers of plane' src/plane/x.c '#include <openssl/rand.h>'
good 'the engines of store' src/store/x.c '#include <sqlite3.h>' '#include <libpq-fe.h>' '#include <openssl/evp.h>'
good 'the sound of record' src/record/x.c '#include <opusenc.h>' '#include <unistd.h>'

# Pure rooms.
for pair in media:unistd.h wire:fcntl.h call:sys/socket.h wire:time.h media:pthread.h call:sys/stat.h \
	wire:netdb.h; do
	room=${pair%:*} header=${pair#*:}
	bad "$room includes $header" "src/$room/x.c:2: pure: $room may not include $header" \
		"src/$room/x.c" "#include <$header>"
done
bad 'a pure room with a log' 'src/call/x.c:2: pure:' src/call/x.c '#include "ringdown/base/log.h"'
bad 'a pure room with a clock' 'src/call/x.c:2: pure:' src/call/x.c '#include "ringdown/base/clock.h"'
bad 'a pure room reads a clock' 'src/call/x.c:2: pure:' src/call/x.c 'int64_t t = clock_now_us();'
bad 'a pure room logs' 'src/wire/x.c:2: pure:' src/wire/x.c '	log_warning("x");'
bad 'a pure room opens a file' 'src/media/x.c:2: pure:' src/media/x.c '	f = fopen(path, "r");'
good 'types are no system call' src/wire/x.c '#include <sys/types.h>'

# Functions.
for name in strcpy strcat sprintf vsprintf gets atoi strtok alloca; do
	bad "$name" 'src/link/x.c:2: banned: bounds' src/link/x.c "	n = $name(x);"
done
bad 'in a test as well' 'tests/x.c:2: banned: bounds' tests/x.c '	strcpy (a, b);'
bad 'rand' 'src/link/x.c:2: banned: anybody can guess it' src/link/x.c '	n = rand() % 9;'
good 'rand in a test' tests/x.c '	srand(7); n = rand();'
bad 'goto' 'src/app/x.c:2: banned: goto' src/app/x.c '		goto out;'
for name in malloc calloc realloc strdup; do
	bad "$name outside its rooms" 'src/plane/x.c:2: banned: memory' src/plane/x.c "	p = $name(4);"
	good "$name in base" src/base/x.c "	p = $name(4);"
	good "$name in link" src/link/x.c "	p = $name(4);"
	good "$name in a test" tests/x.c "	p = $name(4);"
done
bad 'a clock outside base' 'src/link/x.c:2: banned: time' src/link/x.c '	clock_gettime(CLOCK_MONOTONIC, &t);'
bad 'time()' 'src/link/x.c:2: banned: time' src/link/x.c '	t = time(NULL);'
good 'the clock of base' src/base/x.c '	clock_gettime(CLOCK_MONOTONIC, &t);'
good 'names that only look like it' src/plane/x.c '	snprintf(a, n, "x"); strftime(a, n, f, &t);' \
	'	operand(x); my_strcpy(a); x.time(1); x->rand(); int goto_x; json_strdup(x);' \
	'	arena_strdup(a, s); /* not strcpy(a, b)' '	   nor goto out; */ // sprintf(a)' \
	'	puts("use strcpy(a, b); goto \" atoi(x)");'
bad 'behind a comment' 'src/plane/x.c:2: banned: bounds' src/plane/x.c '/* " */ strcpy(a, b); /* " */'
bad 'behind a quote in quotes' 'src/plane/x.c:2: banned: bounds' src/plane/x.c \
	"	c = '\"'; strcpy(a, b); d = '\\''; e = \"\\\\\";"

# Sizes.
fresh
{ echo '/* SPDX-License-Identifier: MIT */'; echo 'int f(void)'; echo '{'; repeat '	x++;' 59; echo '}'; } >src/wire/long.c
found 'a function of 61 lines' 'src/wire/long.c:3: size: a function of 61 lines'
fresh
{ echo '/* SPDX-License-Identifier: MIT */'; echo 'int f(void)'; echo '{'; repeat '	x++;' 58; echo '}'; } >src/wire/long.c
clean 'a function of 60 lines'
case $output in *'note src/wire/long.c:3: a function of 60 lines'*) ;; *) report 'no note' ;; esac
fresh
{ echo '/* SPDX-License-Identifier: MIT */'; echo 'static const int t[] = {'; repeat '	1,' 200; echo '};'; } >src/wire/t.c
clean 'a table of 200 lines'
fresh
{ echo '/* SPDX-License-Identifier: MIT */'; repeat 'int x;' 500; } >src/wire/long.c
found 'a file of 501 lines' 'src/wire/long.c:501: size: a file of 501 lines'
mv src/wire/long.c src/wire/law_table.c
clean 'a file that is a table'
fresh
{ echo '/* SPDX-License-Identifier: MIT */'; repeat 'int x;' 160; } >include/ringdown/wire/long.h
found 'a header of 161 lines' 'include/ringdown/wire/long.h:161: size: a header of 161 lines'
fresh
{ echo '/* SPDX-License-Identifier: MIT */'; repeat 'int x;' 500; } >src/wire/a.c
licensed src/wire/z.c 'int z;'
found 'a long file that is not the last' 'src/wire/a.c:501: size:'

# Every file.
fresh
echo 'int x;' >src/wire/x.c
found 'no licence' 'src/wire/x.c:1: licence: no SPDX line'
fresh
printf '#!/bin/sh\ntrue\n' >scripts/x.sh
found 'no licence in a script' 'scripts/x.sh:1: licence:'
bad 'not ASCII' 'src/wire/x.c:2: ascii:' src/wire/x.c "$(printf '/* \303\244 */')"
bad 'a CR' 'src/wire/x.c:2: ascii:' src/wire/x.c "$(printf 'int x;\r')"
fresh
printf '# \342\200\246\n' >scripts/demo
found 'not ASCII in a script without a suffix' 'scripts/demo:1: ascii:'
fresh
printf '#!/bin/sh\nif true; then\n' >scripts/demo
found 'a shell script that does not parse' 'scripts/demo:1: shell: sh -n'
fresh
printf '#!/usr/bin/env bash\nx=(1 2\n' >scripts/demo
found 'a bash script that does not parse' 'scripts/demo:1: shell: bash -n'
fresh
printf '#!/bin/bash\nset -eu\nx=(1 2)\n' >scripts/demo
clean 'an array is bash'

echo "selftest: $cases cases, $failures failed"
[ "$failures" -eq 0 ]
