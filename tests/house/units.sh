#!/bin/sh
# SPDX-License-Identifier: MIT
# units.sh SOURCE PROGRAM: the unit files as systemd reads them, in a root of their own: they are understood to the
# last word, the service is exposed to 1.2 at most, the user and the directories come out as meant.
set -eu
. "$(dirname "$0")/need.sh"
source=$1
program=$2
need systemd-analyze systemd
need systemd-sysusers systemd
need systemd-tmpfiles systemd
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
units=$root/usr/lib/systemd/system
mkdir -p "$units" "$root/usr/bin" "$root/usr/lib/sysusers.d" "$root/usr/lib/tmpfiles.d" "$root/bin" "$root/etc"
cp "$program" "$root/usr/bin/ringdown"
cp "$program" "$root/bin/kill" # verify only asks whether there is one
cp -d /usr/lib/systemd/system/*.target /usr/lib/systemd/system/*.slice "$units" 2>/dev/null ||
	cp -d /lib/systemd/system/*.target /lib/systemd/system/*.slice "$units"
cp "$source/systemd/ringdown.service" "$source/systemd/ringdown.socket" "$units"
cp "$source/systemd/sysusers.conf" "$root/usr/lib/sysusers.d/ringdown.conf"
cp "$source/systemd/tmpfiles.conf" "$root/usr/lib/tmpfiles.d/ringdown.conf"

# verify does not fail for a key it does not know: silence is what is asked for.
words=$(systemd-analyze verify --root="$root" --man=no --recursive-errors=one ringdown.service ringdown.socket 2>&1) ||
	fail "systemd-analyze verify: $words"
[ -z "$words" ] || fail "systemd-analyze verify: $words"
if systemd-analyze security --offline=true --no-pager --threshold=12 "$units/ringdown.service" >"$root/exposure"; then
	sed -n 's/^.*Overall exposure level/exposure/p' "$root/exposure"
else
	sed -n '/ [0-9]\.[0-9] *$/p' "$root/exposure" >&2
	fail "the service is exposed to more than 1.2"
fi

systemd-sysusers --root="$root" ringdown.conf
grep -q '^ringdown:.*:/var/lib/ringdown:/usr/sbin/nologin$' "$root/etc/passwd" || fail "no user ringdown"
user=$(sed -n 's/^ringdown:[^:]*:\([0-9]*\):.*/\1/p' "$root/etc/passwd")
# Only root may give a directory away.
if [ "$(id -u)" -eq 0 ]; then
	systemd-tmpfiles --root="$root" --create ringdown.conf
	got=$(cd "$root" && stat -c '%n %a %u' etc/ringdown/tls etc/ringdown/secrets var/lib/ringdown var/lib/ringdown/records)
	want="etc/ringdown/tls 750 0
etc/ringdown/secrets 750 0
var/lib/ringdown 750 $user
var/lib/ringdown/records 750 $user"
	[ "$got" = "$want" ] || fail "the directories are: $got"
fi
echo "units: understood, user and directories as meant"
