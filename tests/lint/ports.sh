#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The authorizer port of each technique is the same wherever it stands.
set -eu
cd "${PUSHCGI_SRC:-.}"
. tests/lint/tap.sh

# TECHNIQUE PORT, one a line.
units=$(grep -oE '[a-z]+\) port=[0-9]+' deploy/deploy.am |
    sed -E 's/\) port=/ /' | sort)

# compare FILE PORTS
compare() {
	report "$1 has the ports of the units" \
	    "$([ -n "$2" ] && diff <(echo "$units") <(echo "$2") ||
		echo 'compared: deploy.am, this file')"
}

echo 1..3
compare deploy/apache/pushcgi-handoff.conf.in "$(sed -nE \
    's/.*Define pushcgi_handoff_([a-z]+) "(185[0-9]+)".*/\1 \2/p' \
    deploy/apache/pushcgi-handoff.conf.in | sort)"
compare commands/doctor/handoff.c "$(sed -nE \
    's/.*technique = "([a-z]+)", \.port = ([0-9]+).*/\1 \2/p' \
    commands/doctor/handoff.c | sort)"
compare doc/pushcgi.8 "$(tr '\n' ' ' <doc/pushcgi.8 |
    grep -oE '185[0-9]{2} \([a-z]+\)' |
    sed -E 's/([0-9]+) \(([a-z]+)\)/\2 \1/' | sort)"
exit "$failed"
