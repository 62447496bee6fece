# SPDX-License-Identifier: MIT
# strip(line): the line without comments and without what stands between quotes.  Call it for every line
# of a file in turn: it remembers an open comment.

function strip_quoted(s, quote,   i)
{
	for (i = 2; i <= length(s); i++) {
		if (substr(s, i, 1) == "\\")
			i++
		else if (substr(s, i, 1) == quote)
			return substr(s, i + 1)
	}
	return ""
}

function strip(s,   out, at, two, one, end)
{
	if (FNR == 1)
		in_comment = 0
	out = ""
	for (;;) {
		if (in_comment) {
			end = index(s, "*/")
			if (!end)
				return out
			s = substr(s, end + 2)
			in_comment = 0
		}
		at = match(s, /["'\/]/)
		if (!at)
			return out s
		out = out substr(s, 1, at - 1)
		s = substr(s, at)
		one = substr(s, 1, 1)
		two = substr(s, 1, 2)
		if (two == "//")
			return out
		if (two == "/*") {
			in_comment = 1
			s = substr(s, 3)
			out = out " "
		} else if (one == "/") {
			out = out "/"
			s = substr(s, 2)
		} else {
			out = out one one
			s = strip_quoted(s, one)
		}
	}
}

# "src/wire/form.c" and "include/ringdown/wire/form.h" are of the room wire, src/main.c of app.
function room_of(path,   parts)
{
	split(path, parts, "/")
	if (path == "src/main.c")
		return "app"
	return parts[1] == "src" ? parts[2] : parts[3]
}

function tell(rule, what)
{
	printf "%s:%d: %s: %s\n", FILENAME, FNR, rule, what
}
