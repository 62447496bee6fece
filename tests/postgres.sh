#!/bin/sh
# SPDX-License-Identifier: MIT
# postgres.sh new|start|stop DIR: a PostgreSQL server of a test's own, in DIR, reached by its socket there only:
#   postgresql://ringdown@/postgres?host=DIR
# Debian's own cluster has no part in it.  It ends by itself after 15 minutes, should nobody stop it.  As it does not
# run as root, root's is run as nobody.
set -eu
what=$1 dir=$2
limit_s=900 # RINGDOWN_POSTGRES_FSYNC=on: for measuring; what a test writes is thrown away

as_user=
[ "$(id -u)" -ne 0 ] || as_user='setpriv --reuid nobody --regid nogroup --clear-groups'

find_bin() {
	for initdb in $(printf '%s\n' /usr/lib/postgresql/*/bin/initdb /usr/local/pgsql/bin/initdb | sort -rV); do
		[ -x "$initdb" ] && dirname "$initdb" && return
	done
	echo "these tests want a PostgreSQL server: apt-get install postgresql" >&2
	exit 1
}

# The first line of postmaster.pid; of a server that was killed the file may be left.
pid_of() { sed -n 1p "$dir/data/postmaster.pid" 2>/dev/null || true; }

stop() {
	pid=$(pid_of)
	tries=0
	[ -n "$pid" ] && kill -INT "$pid" 2>/dev/null || return 0
	while kill -0 "$pid" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { echo "the server does not end" >&2; exit 1; }
		sleep 0.05
	done
}

make() {
	rm -rf "$dir"
	mkdir -m 0700 -p "$dir"
	[ "$(id -u)" -ne 0 ] || chown nobody:nogroup "$dir"
	(cd "$dir" && $as_user "$bin/initdb" -D "$dir/data" -U ringdown --auth=trust --no-sync -E UTF8 --locale=C >"$dir/log" 2>&1) ||
		{ cat "$dir/log" >&2; exit 1; }
}

start() {
	cd "$dir"
	$as_user timeout --signal=INT "$limit_s" "$bin/postgres" -D "$dir/data" -k "$dir" -h '' -c fsync="${RINGDOWN_POSTGRES_FSYNC:-off}" -c max_connections=60 \
		>>"$dir/log" 2>&1 </dev/null &
	tries=0
	until "$bin/pg_isready" -q -h "$dir" -U ringdown; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || { cat "$dir/log" >&2; exit 1; }
		sleep 0.05
	done
}

case $what in
start) # keeps what an earlier server has left in DIR, or makes it
	bin=$(find_bin)
	stop
	[ -d "$dir/data" ] || make
	start
	;;
new)
	bin=$(find_bin)
	stop
	make
	start
	;;
stop) stop ;;
*)
	echo "usage: postgres.sh new|start|stop DIR" >&2
	exit 2
	;;
esac
