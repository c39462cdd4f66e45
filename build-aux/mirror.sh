# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# mirror.sh - where a root of Debian comes from. To be read by a bash script.

# suite_of RELEASE: its name, or nothing.
suite_of() {
	case $1 in
	12) echo bookworm ;;
	13) echo trixie ;;
	esac
}

# The URI that Debian itself comes from, by this machine's apt sources.
mirror() {
	# shellcheck disable=SC2016 # apt-get expands them
	apt-get indextargets --format \
	    '$(ORIGIN)|$(COMPONENT)|$(RELEASE)|$(REPO_URI)' \
	    'Created-By: Packages' | awk -F '|' '
	($1 == "Debian" || $1 == "") && $2 == "main" && $4 ~ /^https?:/ &&
	    $3 ~ /^(bookworm|trixie|forky|sid|((old)?stable|testing))$/ {
		print $4
		exit
	}'
}

# trust_as_here ROOT: the names this machine resolves, the authorities it trusts.
trust_as_here() {
	cp -L /etc/resolv.conf /etc/hosts "$1/etc/"
	mkdir -p "$1/usr/local/share/ca-certificates"
	find /usr/local/share/ca-certificates -name '*.crt' -exec \
	    cp -t "$1/usr/local/share/ca-certificates" {} + 2>/dev/null || true
}
