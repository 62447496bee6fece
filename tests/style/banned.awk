# SPDX-License-Identifier: MIT
# Functions nobody calls, and those that only some rooms may call.  Needs strip.awk.

function calls(names)
{
	return (" " text) ~ ("[^A-Za-z0-9_.>](" names ")[ \t]*\\(")
}

{
	text = strip($0)
	is_ours = FILENAME ~ /^(src|include)\//
	room = is_ours ? room_of(FILENAME) : ""
}

calls("strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atof|strtok|alloca") {
	tell("banned", "bounds or errors nobody sees: " $0)
}

# Tests may: with a seed they are the same every time.
is_ours && calls("rand|srand|random") { tell("banned", "anybody can guess it: " $0) }

(" " text " ") ~ /[^A-Za-z0-9_]goto[^A-Za-z0-9_]/ { tell("banned", "goto: use AUTO() and an early return") }

is_ours && room !~ /^(base|store|link)$/ && calls("malloc|calloc|realloc|reallocarray|strdup|strndup|asprintf") {
	tell("banned", "memory comes from an arena or mem.h: " $0)
}

is_ours && room != "base" && calls("clock_gettime|gettimeofday|time") {
	tell("banned", "time comes from base/clock.h: " $0)
}
