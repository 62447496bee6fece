#!/bin/sh
# SPDX-License-Identifier: MIT
# package.sh SOURCE BUILD: makes the .deb, looks into it, installs it into a root of its own, runs what was installed,
# upgrades it over a changed configuration, removes and purges it.
set -eu
. "$(dirname "$0")/need.sh"
source=$(cd "$1" && pwd)
build=$2
need cpack cmake
need dpkg-deb dpkg
need dpkg-shlibdeps dpkg-dev
need mandoc mandoc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

rm -rf "$build/package"
(cd "$build" && cpack --config CPackConfig.cmake >"$work/cpack.log" 2>&1) || {
	cat "$work/cpack.log" >&2
	fail "cpack"
}
deb=$(find "$build/package" -maxdepth 1 -name 'ringdown_*.deb')
[ -f "$deb" ] || fail "no ringdown_*.deb in $build/package"

# What must be in it, and nothing that belongs elsewhere.
dpkg-deb -c "$deb" >"$work/files"
for path in usr/bin/ringdown usr/lib/systemd/system/ringdown.service usr/lib/systemd/system/ringdown.socket \
	usr/lib/sysusers.d/ringdown.conf usr/lib/tmpfiles.d/ringdown.conf etc/ringdown/ringdown.conf \
	etc/ringdown/assistants/default.json usr/share/man/man8/ringdown.8.gz usr/share/man/man5/ringdown.conf.5.gz \
	usr/share/man/man5/ringdown-assistant.5.gz usr/share/doc/ringdown/copyright usr/share/doc/ringdown/README.md \
	usr/share/doc/ringdown/changelog.gz usr/share/doc/ringdown/examples/appointments.json; do
	grep -q " \./$path\$" "$work/files" || fail "$path is not in the package"
done
awk '$2 != "root/root" || substr($1, 6, 1) == "w" || substr($1, 9, 1) == "w" { print; bad = 1 } END { exit bad }' "$work/files" ||
	fail "the files above do not belong to root alone"
! grep -v -e ' \./$' -e ' \./usr/' -e ' \./etc/' "$work/files" || fail "the files above lie elsewhere"
[ "$(dpkg-deb -I "$deb" conffiles)" = "$(printf '/etc/ringdown/ringdown.conf\n/etc/ringdown/assistants/default.json')" ] ||
	fail "conffiles"
depends=$(dpkg-deb -f "$deb" Depends)
for package in systemd ca-certificates libwebsockets-evlib-uv libwebsockets17 libuv1 libssl3 libopus0 libcurl4; do
	case ", $depends" in *", $package"[,\ ]* | *", $package") ;; *) fail "Depends lacks $package: $depends" ;; esac
done

tools=$(find "$build/package" -maxdepth 1 -name 'ringdown-tools_*.deb')
for path in usr/bin/ringdown-callsim usr/bin/ringdown-modelsim usr/share/man/man1/ringdown-callsim.1.gz \
	usr/share/man/man1/ringdown-modelsim.1.gz usr/share/doc/ringdown-tools/copyright; do
	dpkg-deb -c "$tools" | grep " \./$path\$" >/dev/null || fail "$path is not in the package of tools"
done

# A root that has what this machine has, as far as dpkg knows, so that Depends is looked at in earnest.  The scripts of
# the package run outside it and know (DPKG_ROOT).
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/etc"
cp /var/lib/dpkg/status "$root/var/lib/dpkg/status"
: >"$root/var/lib/dpkg/available"
run_dpkg() {
	dpkg --root="$root" --force-not-root --force-script-chrootless --force-confold --no-triggers --log=/dev/null "$@" \
		>"$work/dpkg.log" 2>&1 || {
		cat "$work/dpkg.log" >&2
		fail "dpkg $1"
	}
}
state() { dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Status}' ringdown 2>/dev/null || true; }

run_dpkg --install "$deb"
[ "$(state)" = "install ok installed" ] || fail "the package is $(state)"
grep -q 'systemctl enable --now ringdown' "$work/dpkg.log" || fail "nobody is told what to do next"
grep -q '^ringdown:' "$root/etc/passwd" || fail "there is no user ringdown"
[ -d "$root/var/lib/ringdown/records" ] || fail "there is no folder for the records"
[ ! -e "$root/etc/systemd/system/multi-user.target.wants/ringdown.service" ] || fail "the service is enabled unasked"
version=$(sed -n 's/^project(ringdown VERSION \([0-9.]*\).*/\1/p' "$source/CMakeLists.txt")
"$root/usr/bin/ringdown" version | grep -qx "ringdown $version" || fail "ringdown version"
! env -i "$root/usr/bin/ringdown" check --config "$root/etc/ringdown/ringdown.conf" 2>"$work/check" ||
	fail "a fresh configuration has no secrets and passes"
grep -q 'auth_token_file is missing' "$work/check" || fail "check does not say what is missing: $(cat "$work/check")"
echo secret >"$work/secret"
env -i RINGDOWN_ASSISTANTS_DIR="$root/etc/ringdown/assistants" RINGDOWN_TWILIO_AUTH_TOKEN_FILE="$work/secret" \
	RINGDOWN_MODEL_API_KEY_FILE="$work/secret" "$root/usr/bin/ringdown" check \
	--config "$root/etc/ringdown/ringdown.conf" >"$work/check" || fail "with its secrets it does not pass"
grep -q '^assistant default: 2 tools$' "$work/check" || fail "the receptionist is not there"
[ "$(mandoc "$root/usr/share/man/man8/ringdown.8.gz" | head -1 | cut -c1-11)" = "RINGDOWN(8)" ] || fail "no manual page"
dpkg-deb -x "$tools" "$work/tools"
for program in "$root/usr/bin/ringdown" "$work/tools/usr/bin/ringdown-callsim" "$work/tools/usr/bin/ringdown-modelsim"; do
	! readelf -S "$program" | grep -q ' \.debug_info' || fail "$program is not stripped"
done
"$work/tools/usr/bin/ringdown-callsim" --help | grep -q 'Twilio callers' || fail "ringdown-callsim --help"

# What the administrator has changed stays.
echo '# mine' >>"$root/etc/ringdown/ringdown.conf"
run_dpkg --install "$deb"
grep -q '^# mine$' "$root/etc/ringdown/ringdown.conf" || fail "an upgrade overwrites the configuration"
: >"$root/var/lib/ringdown/records/kept.opus"
run_dpkg --remove ringdown
[ ! -e "$root/usr/bin/ringdown" ] || fail "removed, and still there"
[ -e "$root/etc/ringdown/ringdown.conf" ] || fail "remove takes the configuration"
run_dpkg --purge ringdown
[ ! -e "$root/etc/ringdown" ] || fail "purge leaves the configuration"
[ -e "$root/var/lib/ringdown/records/kept.opus" ] || fail "purge takes recordings"
echo "package: $(basename "$deb"), $(du -k "$deb" | cut -f1) KiB, installs, runs, upgrades, goes"
