# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# shipped.sh - shipped configuration files with adapted variables. Sourced by ./demo
# and by the systems of bench/peers.d.

# adapted FROM TO PATTERN [NAME VALUE]...: the file FROM into the folder TO, with its
# variables set. PATTERN is how a line sets one; %s is its name.
adapted() {
	local from=$1 to=$2 pattern=$3 line
	local -a edits=()
	shift 3
	while [ $# -gt 0 ]; do
		# a pattern, not a text
		# shellcheck disable=SC2059
		line=$(printf "$pattern" "$1")
		edits+=(-e "s|^\([[:blank:]]*$line\).*|\1\"$2\"|")
		shift 2
	done
	sed "${edits[@]}" "$from" >"$to/${from##*/}"
}
