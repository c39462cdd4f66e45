#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Prints how much of each file of shared/ and fcgi/ the tests ran, from what
# a build with --enable-coverage left in this directory.
set -eu

gcov=${GCOV:-gcov}

find shared fcgi -name '*.gcno' | sort | while read -r notes; do
	"$gcov" --no-output --object-directory "$(dirname "$notes")" "$notes" |
	    awk -v base="$(basename "$notes" .gcno).c" '
	    /^File / { mine = index($0, "/" base) > 0 }
	    mine && /^Lines executed/ {
		split($0, part, /[:% ]+/)
		print part[3], part[5], notes
		exit
	    }' notes="$(dirname "$notes")/$(basename "$notes" .gcno).c"
done | awk '
{
	printf "%6.1f %%  %5d lines  %s\n", $1, $2, $3
	run += $1 * $2 / 100
	all += $2
}
END {
	if (all == 0) {
		print "coverage: nothing was counted" > "/dev/stderr"
		exit 1
	}
	printf "%6.1f %%  %5d lines  all\n", run * 100 / all, all
}'
