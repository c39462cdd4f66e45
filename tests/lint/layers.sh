#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Arrows point down: the list in shared/shared.am is the order of the layers,
# and each library is known to few files only.
set -eu
cd "${PUSHCGI_SRC:-.}"

number=0
failed=0

# report NAME PROBLEMS: one TAP line; the problems, if any, as comments.
report() {
	number=$((number + 1))
	if [ -z "$2" ]; then
		echo "ok $number - $1"
		return
	fi
	echo "not ok $number - $1"
	printf '%s\n' "$2" | sed 's/^/# /'
	failed=1
}

# only_in HEADERS MODULES...: who else includes a header that matches.
only_in() {
	local headers=$1 found module
	shift
	found=$(grep -nE "^#[[:space:]]*include[[:space:]]*[<\"](${headers})[>\"]" \
	    shared/*.[ch] fcgi/*.[ch] || true)
	for module; do
		found=$(printf '%s\n' "$found" | grep -v "^$module\.[ch]:" || true)
	done
	printf '%s' "$found"
}

listed() {
	sed -n '/^libshared_a_SOURCES/,/[^\\]$/p' shared/shared.am |
	    grep -oE '%D%/[a-z0-9_]+\.[ch]' | sed 's,%D%,shared,'
}

# Includes of a header that stands below, unless it is the file's own.
pointing_up() {
	# shellcheck disable=SC2046 # the names of our files hold no spaces
	awk '
	NR == FNR {
		at[$0] = NR
		next
	}
	/^#[[:space:]]*include[[:space:]]*"/ {
		split($0, part, "\"")
		own = FILENAME
		sub(/\.c$/, ".h", own)
		if (part[2] == "config.h" || part[2] == own)
			next
		if (!(part[2] in at))
			print FILENAME ":" FNR ": " part[2] " is no layer"
		else if (at[part[2]] > at[FILENAME])
			print FILENAME ":" FNR ": " part[2] " stands above"
	}' <(listed) $(listed)
}

unlisted() {
	comm -13 <(listed | sort) <(printf '%s\n' shared/*.[ch] | sort)
}

not_from_shared() {
	grep -nE '^#[[:space:]]*include[[:space:]]*"' fcgi/*.[ch] |
	    grep -vE '"(config\.h|shared/[a-z0-9_]+\.h)"' |
	    awk -F'[:"]' '{
		own = $1
		sub(/(_run)?\.c$/, ".h", own)
		command = $1 == "fcgi/publish.c" && $4 == "fcgi/push_publish.h"
		if ($4 != own && !command) print
	    }'
}

# An include "x.h" of a file beside hides config.h from view.
without_folder() {
	grep -nE '^#[[:space:]]*include[[:space:]]*"[^/"]*"' \
	    shared/*.[ch] fcgi/*.[ch] | grep -v '"config\.h"' || true
}

echo 1..12
report 'every file of shared/ is in the list of layers' "$(unlisted)"
report 'no include points up' "$(pointing_up)"
report 'includes of ours name their folder' "$(without_folder)"
report 'techniques include only shared/ and their own header' \
    "$(not_from_shared)"
report 'only bus and redis_link know hiredis' \
    "$(only_in 'hiredis/.*|hiredis\.h|async\.h' shared/bus shared/redis_link)"
report 'only request and record know libfcgi' \
    "$(only_in 'fastcgi.*|fcgi[^/]*' shared/request shared/record)"
report 'only what waits knows libev' \
    "$(only_in 'ev\.h|hiredis/adapters/libev\.h' \
	shared/{wheel,listen,link,redis_link,bus,channel,serve} \
	 fcgi/push_publish_run)"
report 'only what reads JSON knows jansson' \
    "$(only_in 'jansson.*' shared/json shared/draft shared/intent)"
report 'only conf knows inih' "$(only_in 'ini\.h' shared/conf)"
report 'only ws_input knows wslay' "$(only_in 'wslay/.*' shared/ws_input)"
report 'only ws_deflate knows zlib' "$(only_in 'zlib\.h' shared/ws_deflate)"
report 'only ws_handshake knows libcrypto' \
    "$(only_in 'openssl/.*' shared/ws_handshake)"
exit "$failed"
