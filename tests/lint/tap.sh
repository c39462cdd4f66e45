# shellcheck shell=sh disable=SC2034
# SPDX-License-Identifier: MIT
# How a lint in shell says what it found: TAP, a line for each of its checks.
# Its exit status is $failed.
number=0
failed=0

# report NAME PROBLEMS: one line; the problems, if any, as comments.
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
