# SPDX-License-Identifier: MIT
# Functions, files and headers that have grown too long.  A function's braces stand in column one (see
# .clang-format), those of tables and structs do not.  Lines that begin with "note" are for the reader and
# no failure.  -v max_function=60 and so on.

function check_file()
{
	if (lines > max_file && path !~ /_tables?\.c$/)
		printf "%s:%d: size: a file of %d lines\n", path, lines, lines
	if (path ~ /^include\// && lines > max_header)
		printf "%s:%d: size: a header of %d lines\n", path, lines, lines
}

FNR == 1 {
	if (path)
		check_file()
	path = FILENAME
	first = 0
}

{ lines = FNR }

/^\{/ { first = FNR }

/^\}/ && first {
	n = FNR - first + 1
	if (path ~ /^src\// && n > max_function)
		printf "%s:%d: size: a function of %d lines\n", path, first, n
	else if (path ~ /^src\// && n > note_function)
		printf "note %s:%d: a function of %d lines\n", path, first, n
	first = 0
}

END {
	if (path)
		check_file()
}
