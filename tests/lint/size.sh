#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Files and functions stay small enough to be read in one go.
set -eu
cd "${PUSHCGI_SRC:-.}"
. tests/lint/tap.sh

max_file=450     # lines
max_function=70  # lines, from its name to its closing brace

long_files() {
	wc -l shared/*.h shared/*/*.[ch] fcgi/*.[ch] commands/*.[ch] commands/*/*.[ch] |
	    awk -v max="$max_file" \
		'$2 != "total" && $1 > max { print $2 ": " $1 " lines" }'
}

# KNF: a function's name and its braces stand in column 1.
long_functions() {
	awk -v max="$max_function" '
	/^[a-z_][a-z_0-9]*\(/ {
		name = $0
		sub(/\(.*/, "", name)
		start = FNR
	}
	/^}/ {
		if (start > 0 && FNR - start + 1 > max)
			print FILENAME ":" start ": " name ": " \
			    FNR - start + 1 " lines"
		start = 0
	}
	/;$/ && !/^[ \t]/ { start = 0 }
	' shared/*/*.c fcgi/*.c commands/*.c commands/*/*.c
}

unlicensed() {
	local file
	for file in shared/*.h shared/*/*.[ch] fcgi/*.[ch] commands/*.[ch] commands/*/*.[ch] tests/unit/*.[ch]; do
		head -n 1 "$file" | grep -q 'SPDX-License-Identifier: MIT' ||
		    echo "$file"
	done
}

# An address cannot be broken.
too_wide() {
	local file
	for file in shared/*.h shared/*/*.[ch] fcgi/*.[ch] commands/*.[ch] commands/*/*.[ch]; do
		expand -t 8 "$file" | LC_ALL=C.UTF-8 grep -nE '.{81,}' |
		    grep -vE 'https?:' | sed "s,^,$file:," || true
	done
}

# So clang-format breaks a line of a comment that has a table: mend it by hand.
glued() {
	grep -nE '^ \*[A-Za-z]' \
	    shared/*.h shared/*/*.[ch] fcgi/*.[ch] commands/*.[ch] commands/*/*.[ch] tests/unit/*.[ch] || true
}

echo 1..5
report "no file is over $max_file lines" "$(long_files)"
report "no function is over $max_function lines" "$(long_functions)"
report 'no line is over 80 columns' "$(too_wide)"
report 'no line of a comment is glued to its star' "$(glued)"
report 'every file begins with its licence' "$(unlicensed)"
exit "$failed"
