#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
#	fuzz.sh SECONDS PROGRAM
#
# Runs a libFuzzer program, starting from its corpus. What it found worth
# keeping stays in fuzz-work/, also what it failed on (NAME-crash-…).
set -eu

seconds=$1
program=$2
name=$(basename "$program")
corpus=$(dirname "$0")/../tests/fuzz/corpus/${name#fuzz_}
found=fuzz-work/$name

mkdir -p "$found"
if ! "./$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
    -print_final_stats=1 -artifact_prefix="$found-" "$found" "$corpus" \
    </dev/null >"$found.log" 2>&1; then
	echo "$name: failed"
	tail -n 40 "$found.log"
	exit 1
fi
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$found.log")
echo "$name: ${runs:-0} runs in $seconds s"
[ "${runs:-0}" -gt 0 ]
