#!/bin/sh
# SPDX-License-Identifier: MIT
# The browser library is one small file, and its manual has all its options.
set -eu
built=$(cd "${PUSHCGI_BUILD:-.}" && pwd)
cd "${PUSHCGI_SRC:-.}"
. tests/lint/tap.sh

file=$built/client/push.js
max=14592 # bytes, compressed as a web server does

too_large() {
	size=$(gzip -9 -n -c "$file" | wc -c)
	[ "$size" -lt "$max" ] || echo "push.js: $size bytes"
}

unreadable() {
	for script in "$file" client/push.mjs; do
		node --check "$script" 2>&1 || true
	done
}

# With a default, and without.
options() {
	sed -n '/^const DEFAULTS/,/^};/s/^	\([a-z]*\):.*/\1/p' "$file"
	grep -oE 'options\.[A-Za-z]+' "$file" | sed 's/.*\.//'
}

untold() {
	options | sort -u | while read -r option; do
		grep -q "^| \`$option\` " doc/client.md ||
		    echo "doc/client.md does not say what $option is"
		grep -q "^	$option?*:" client/push.d.ts ||
		    echo "client/push.d.ts does not have $option"
	done
}

wide() {
	expand -t 8 client/parts/* | LC_ALL=C.UTF-8 grep -nE '.{81,}' || true
}

echo 1..5
report "push.js has less than $max bytes, compressed" "$(too_large)"
report 'no line is over 80 columns' "$(wide)"
report 'its options are found' \
    "$([ "$(options | sort -u | grep -c .)" -ge 10 ] || options)"
report 'each option is in the manual and among the types' "$(untold)"
if command -v node >/dev/null; then
	report 'both files can be read' "$(unreadable)"
else
	echo 'ok 5 - both files can be read # SKIP there is no node'
fi
exit "$failed"
