#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the sources prefetch is in the compiled program, too: a compiler may leave it
# out without a word.
set -eu

program=${PUSHCGI_BUILD:-.}/fcgi/sse.fcgi

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}

case $(uname -m) in
x86_64) instruction='prefetch' ;;
aarch64) instruction='prfm' ;;
*) skip "only x86_64 and aarch64 are known" ;;
esac
command -v objdump >/dev/null || skip "no objdump"

echo "1..1"
code=$(objdump -d "$program")
found=$(grep -c "[[:space:]]$instruction" <<<"$code" || true)
if [ "$found" -ge 2 ]; then
	echo "ok 1 - a fan-out prefetches members and conns"
else
	echo "not ok 1 - a fan-out prefetches members and conns"
	echo "# $program: $found of 2"
	exit 1
fi
