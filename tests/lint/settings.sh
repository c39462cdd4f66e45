#!/bin/sh
# SPDX-License-Identifier: MIT
# push.conf(5) names exactly the settings of the table in conf_table.c, with
# the same defaults and ranges. The shipped push.conf sets one, and those that it
# shows are of the table.
set -eu
cd "${PUSHCGI_SRC:-.}"
. tests/lint/tap.sh

table=shared/conf/conf_table.c
manual=doc/push.conf.5
shipped=deploy/push.conf.in

# Each row of the table as `name: Default: fallback (range).`
from_table() {
	awk '
	/^const struct conf_setting conf_settings/ { inside = 1; next }
	inside && /^};/ { exit }
	inside { text = text " " $0 }
	END {
		rows = split(text, row, /}, *|} *$/)
		for (i = 1; i <= rows; i++)
			print_row(row[i])
	}

	# "name", TYPE, offsetof(...), "fallback", min, max, "values", "meaning"
	function print_row(text,   part, limit, range)
	{
		gsub(/"[ \t]+"/, "", text)
		if (split(text, part, "\"") < 8)
			return
		gsub(/[ \t]/, "", part[5])
		sub(/UINT32_MAX/, "4294967295", part[5])
		sub(/CONF_PREFIX_MAX/, "32", part[5])
		sub(/CONF_NAME_MAX/, "127", part[5])
		sub(/CONF_SECRET_MAX/, "256", part[5])
		sub(/CONF_LIST_MAX/, "1000", part[5])
		split(part[5], limit, ",")
		if (part[4] == "")
			part[4] = "none"
		range = limit[2] " to " limit[3] " "
		if (part[3] ~ /CONF_(CHOICE|WHO|ORIGINS|ADDRESSES|URL_PATHS|PATH|CHANNEL|URL|SENTINELS),/)
			range = ""
		else if (part[3] ~ /CONF_(SECRET|WORD|TEXT),/)
			range = range "characters, "
		else if (part[3] ~ /CONF_(PREFIX|NAME),/)
			range = range "characters "
		else if (part[3] ~ /CONF_NUMBER_OR_AUTO,/)
			range = "auto, or " range
		printf "%s: Default: %s (%s%s).\n", part[2], part[4], range,
		    part[6]
	}' "$table"
}

# The same from the manual, where a line ending in \ goes on in the next.
from_manual() {
	sed -e ':again' -e '/\\$/{' -e N -e 's/\\\n//' -e 't again' -e '}' \
	    "$manual" | awk '
	function end_item()
	{
		if (name != "" && !told)
			print name ": -"
	}

	/^\.It Ic / { end_item(); name = $3; told = 0 }
	/^Default: / { print name ": " $0; told = 1 }
	END { end_item() }'
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
from_table | sort >"$scratch/table"
from_manual | sort >"$scratch/manual"

rows=$(grep -c '' "$scratch/table" || true)
want=$(sed -n 's/.*CONF_SETTINGS = \([0-9]*\).*/\1/p' shared/conf/conf_table.h)

# The settings of a [channel "PATTERN"] section, in conf_channel.c and in the
# section CHANNELS of the manual.
awk '/^static const struct row rows/ { inside = 1; next }
inside && /^};/ { exit }
inside && match($0, /{"[a-z._]*"/) { print substr($0, RSTART + 2, RLENGTH - 3) }
' shared/conf/conf_channel.c | sort >"$scratch/rows"
awk '/^\.Sh / { inside = $2 == "CHANNELS" }
inside && /^\.It / {
	for (i = 2; i <= NF; i++)
		if ($i ~ /^[a-z]/) print $i
}' "$manual" | sort >"$scratch/items"

# `#name = value` in its section, as the setting's name; those of a [channel]
# section are not of the table.
awk '/^\[/ { section = substr($0, 2, length - 2) "." }
/^#\[/ { exit }
/^#?[a-z_]+ =/ { sub(/^#/, ""); print section $1 }' "$shipped" | sort >"$scratch/shown"
cut -d : -f 1 "$scratch/table" | sort >"$scratch/names"

echo 1..7
report "all $want rows of the table are read" \
    "$([ "$rows" = "$want" ] || echo "$rows rows, CONF_SETTINGS = $want")"
report 'every setting is in the manual as it is in the table' \
    "$(comm -23 "$scratch/table" "$scratch/manual")"
report 'the manual has no setting of its own' \
    "$(comm -13 "$scratch/table" "$scratch/manual")"
report 'no setting is in the manual twice' \
    "$(cut -d : -f 1 "$scratch/manual" | uniq -d)"
report 'the settings of a [channel] section are in the manual' \
    "$([ -s "$scratch/rows" ] && diff "$scratch/rows" "$scratch/items" ||
	echo 'compared: conf_channel.c, push.conf(5)')"
report 'the shipped push.conf sets only where the secret is' \
    "$(grep -v -e '^#' -e '^\[' -e '^$' -e '^secret_file =' "$shipped")"
report 'what the shipped push.conf shows is in the table' \
    "$([ -s "$scratch/shown" ] && comm -23 "$scratch/shown" "$scratch/names" ||
	echo 'it shows nothing')"
exit "$failed"

