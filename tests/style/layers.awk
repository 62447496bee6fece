# SPDX-License-Identifier: MIT
# Who may include whom (docs/ARCHITECTURE.md): rooms of ours, libraries of others, and what the pure
# rooms do without.  Needs strip.awk.

function words(set, list,   i, n, parts)
{
	n = split(list, parts, " ")
	for (i = 1; i <= n; i++)
		set[parts[i]] = 1
}

BEGIN {
	may["base"] = "base"
	may["store"] = "store base"
	may["media"] = "media base"
	may["wire"] = "wire base"
	may["ivr"] = "ivr wire base"
	may["call"] = "call base"
	may["record"] = "record media base"
	may["outbound"] = "outbound wire base"
	may["twilio"] = "twilio outbound wire base"
	may["plane"] = "plane ivr twilio store wire base"
	may["jobs"] = "jobs outbound wire base"
	may["link"] = "link plane jobs record call media wire base"
	may["app"] = "app link plane ivr jobs twilio outbound store record call media wire base"

	# first part of the header's name -> the rooms that own the library
	owner["jansson.h"] = "wire ivr twilio plane record link app jobs"
	owner["openssl"] = "wire ivr link app plane store"
	owner["jwt.h"] = "plane"
	owner["curl"] = "outbound app"
	owner["libwebsockets.h"] = owner["uv.h"] = "link"
	owner["speex"] = owner["ogg"] = "media record"
	owner["opus"] = owner["opus.h"] = owner["opusenc.h"] = "media record"
	owner["sqlite3.h"] = owner["libpq-fe.h"] = "store"
	owner["systemd"] = owner["ini.h"] = "app"

	words(libc, "arpa assert.h byteswap.h ctype.h dirent.h endian.h errno.h fcntl.h float.h fnmatch.h getopt.h glob.h grp.h")
	words(libc, "ifaddrs.h immintrin.h inttypes.h limits.h linux locale.h math.h net netdb.h netinet poll.h")
	words(libc, "pthread.h pwd.h sched.h semaphore.h setjmp.h signal.h spawn.h stdalign.h stdarg.h")
	words(libc, "stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h string.h strings.h")
	words(libc, "sys sysexits.h termios.h time.h unistd.h arm_neon.h")

	words(pure, "media wire ivr call")
	words(impure, "arpa dirent.h fcntl.h glob.h ifaddrs.h linux net netdb.h netinet poll.h pthread.h sched.h")
	words(impure, "semaphore.h signal.h spawn.h sys termios.h threads.h time.h unistd.h")
}

function is_among(word, list)
{
	return index(" " list " ", " " word " ") > 0
}

function check_ours(room, header,   parts)
{
	split(header, parts, "/")
	if (!is_among(parts[2], may[room]))
		tell("layer", room " may not include " header)
	if (room in pure && (header == "ringdown/base/log.h" || header == "ringdown/base/clock.h"))
		tell("pure", room " may not include " header)
}

function check_library(room, header,   parts)
{
	split(header, parts, "/")
	if (room in pure && parts[1] in impure && header != "sys/types.h")
		tell("pure", room " may not include " header)
	if (parts[1] in libc)
		return
	if (!(parts[1] in owner))
		tell("library", header " belongs to no room")
	else if (!is_among(room, owner[parts[1]]))
		tell("library", room " may not include " header)
	else if (room == "plane" && parts[1] == "openssl" && header != "openssl/rand.h")
		tell("library", "plane may include of OpenSSL only openssl/rand.h")
}

{
	was_in_comment = FNR > 1 && in_comment
	text = strip($0)
	room = room_of(FILENAME)
}

FNR == 1 && !(room in may) { tell("layer", "no such room: " room) }

!was_in_comment && room in may && text ~ /^[ \t]*#[ \t]*include/ {
	header = $0
	sub(/^[ \t]*#[ \t]*include[ \t]*["<]/, "", header)
	sub(/[">].*$/, "", header)
	if (header ~ /^ringdown\//)
		check_ours(room, header)
	else if ($0 ~ /include[ \t]*</)
		check_library(room, header)
	else if (header ~ /\//)
		tell("layer", "a private header is of the same folder: " header)
}

room in pure && (" " text) ~ /[^A-Za-z0-9_](clock_now_us|clock_wall_ms|clock|log_[a-z]+|fopen|getenv)[ \t]*\(/ {
	tell("pure", room " has no clock, log, file or environment: " $0)
}
