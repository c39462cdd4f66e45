# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# steps.sh - runs the steps of ./check: each in the background, with its output
# in a log, a line of progress, and what failed at its end.
# To be read by a bash script with `set -eu` that has set
#
#	me     its name
#	top    the source tree
#	work   where builds and logs go
#	steps  how many steps there will be
#
# shellcheck disable=SC2154 # these four

step=0 passed=0 failed=0
# shellcheck disable=SC2034 # for the script
ok=1          # 0: the last step failed
group=        # process group of the running step
finished=0    # 1: nothing is left to say
started=$SECONDS

# All that a step runs has this in its environment, wherever it goes.
export CHECK_RUN=$$-$RANDOM$RANDOM

# --- what a log says -----------------------------------------------------------

# Tests that passed or failed in directory $1, from the results that automake
# keeps. A skipped test failed. A program that only ended badly is one failure.
count_results() {
	find "$1" -name '*.trs' -exec awk '
	FNR == 1 { add() }
	/^:test-result: PASS/ { good++ }
	/^:test-result: (FAIL|XPASS|SKIP)/ { bad++ }
	/^:test-result: ERROR/ { error = 1 }
	END { add(); print good + 0, failed + 0 }
	function add() {
		failed += bad ? bad : error
		bad = error = 0
	}' {} +
}

# The same from the log of a step that still runs, as text.
progress() {
	case $2 in
	build) grep -cE '^  (CC|CCLD|AR|GEN) ' "$1" | sed 's/$/ files/' ;;
	make) awk '
		/^PASS: / { good++ }
		/^ERROR: .* - exited with status/ { next }
		/^(FAIL|XPASS|SKIP|ERROR): / { bad++ }
		END { printf "%d passed, %d failed", good, bad }' "$1" ;;
	pytest) awk '
		/^npm: / && !good && !bad { said = $0; next }
		$1 ~ /^[0-9]+$/ && $2 == "passed" && NF >= 3 { good++ }
		$1 ~ /^[0-9]+$/ && $2 ~ /^(failed|error|skipped)$/ { bad++ }
		END {
			if (good || bad || said == "")
				printf "%d passed, %d failed", good, bad
			else
				print said
		}' "$1" ;;
	*) tail -n 1 "$1" | tr -d '\r' | cut -c 1-60 ;;
	esac
}

# What failed or was skipped in directory $1, each with what it said: the line
# of TAP and the comments after it.
show_make() {
	local trs
	find "$1" -name '*.trs' | sort | while read -r trs; do
		grep -qE '^:test-result: (FAIL|XPASS|ERROR|SKIP)' "$trs" ||
		    continue
		echo "--- ${trs%.trs}.log"
		grep -vE '^(PASS|FAIL|SKIP|XPASS|XFAIL): ' "${trs%.trs}.log" |
		    awk '
		    /^(not ok|Bail out|ERROR: )/ || /# SKIP/ { show = 30 }
		    /^ok/ && !/# SKIP/ { show = 0 }
		    show-- > 0' | head -n 120
	done
}

# The reports of pytest on the tests that failed.
show_pytest() {
	awk '
	/^=+ (FAILURES|ERRORS) =+$/ { show = 1 }
	/^=+ (measurements|slowest|warnings)/ { show = 0 }
	/^[0-9]+ passed, [0-9]+ failed$/ { show = 0 }
	show && lines++ < 1000' "$1"
}

telling='^(FAIL|ERROR|XPASS|SKIP): |^==[0-9]+==|error:|undefined reference'
telling+='|\*\*\* .*Error'

# What says why in log $1, and its end.
show_log() {
	grep -E "$telling" "$1" | grep -v '^PASS: ' | head -n 40 || true
	echo "--- the end of $1"
	tail -n 25 "$1"
}

# --- processes -----------------------------------------------------------------

# The whole pipeline runs without the variable, or it would find itself.
left_over() {
	# shellcheck disable=SC2016 # for the inner shell
	env -u CHECK_RUN sh -c 'grep -lzsxF "CHECK_RUN=$1" \
	    /proc/[0-9]*/environ | cut -d / -f 3' sh "$CHECK_RUN"
}

# end_step TENTHS: waits that long for the processes of the step to end.
end_step() {
	local tenths=$1 pids
	while pids=$(left_over) && [ -n "$pids" ]; do
		if [ "$tenths" -eq 0 ]; then
			echo "$me: killed what did not end:" \
			    "$(ps -o pid=,args= -p "${pids//$'\n'/,}")" >&2
			# shellcheck disable=SC2086 # one word a process
			kill -KILL $pids 2>/dev/null || true
			break
		fi
		tenths=$((tenths - 1))
		sleep 0.1
	done
	[ -z "$group" ] || wait "$group" 2>/dev/null || true
	group=
}

# interrupted STATUS
interrupted() {
	trap '' INT TERM HUP # a second Ctrl-C must not stop this
	finished=1
	[ ! -t 1 ] || echo
	echo "$me: interrupted; stopping" >&2
	[ -z "$group" ] || kill -TERM -- "-$group" 2>/dev/null || true
	end_step 150
	echo "$me: interrupted; no process is left" >&2
	exit "$1"
}

leave() {
	[ "$finished" -eq 1 ] || echo "$me: failed itself" >&2
	[ -z "$group" ] || kill -TERM -- "-$group" 2>/dev/null || true
	end_step 50
	at_end
}

# The script may have something to do then.
declare -F at_end >/dev/null || at_end() { :; }

trap leave EXIT
trap 'interrupted 130' INT
trap 'interrupted 143' TERM HUP

# --- steps ---------------------------------------------------------------------

minutes() {
	if [ "$1" -lt 60 ]; then
		echo "$1 s"
	else
		echo "$(($1 / 60)) min $(($1 % 60)) s"
	fi
}

# Shows how the step gets on until it ends; returns its exit status.
follow() {
	local label=$1 kind=$2 log=$3 began=$SECONDS said=$SECONDS now
	while kill -0 "$group" 2>/dev/null; do
		sleep 0.5
		now="$(progress "$log" "$kind")"
		now="${now:+$now, }$(minutes $((SECONDS - began)))"
		if [ -t 1 ]; then
			printf '\r\033[K%s' "$label: $now"
		elif [ $((SECONDS - said)) -ge 20 ]; then
			said=$SECONDS
			echo "    $now"
		fi
	done
	wait "$group"
}

# results KIND DIRECTORY LOG: how many tests passed and failed.
results() {
	local line=
	case $1 in
	make) count_results "$2" | grep . || echo 0 0 ;;
	pytest)
		line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$3" |
		    tail -n 1)
		awk '{ print $1 + 0, $3 + 0 }' <<<"$line" ;;
	*) echo 0 0 ;;
	esac
}

# show KIND DIRECTORY LOG: what failed, and what it said.
show() {
	case $1 in
	make) show_make "$2" ;;
	pytest) show_pytest "$3" ;;
	esac
	case $(results "$@") in
	*' 0') show_log "$3" ;; # something else failed
	esac
	echo "--- the log of this step is ${3#"$top"/}"
}

# start COMMAND...: in the background, in a process group of its own.
start() {
	set -m
	(set -eu && "$@") </dev/null &
	set +m
	group=$!
}

# run NAME KIND DIRECTORY COMMAND...: one step, a function of the script.
# KIND says how its log reads: build, make (tests by automake, whose results
# are below DIRECTORY of `work`), pytest, or lines. Its tests are added to the
# totals; if it fails without any, that is one failure.
# ok is then 1 if all of it went well, else 0.
#
# A function called as `run ... || ...` would go on after an error.
run() {
	local label kind=$2 directory=$work/$3 log began=$SECONDS
	local status=0 good bad said=
	step=$((step + 1))
	label="[$step/$steps] $1"
	log=$work/$step-${1//[^a-z0-9]/-}.log
	shift 3
	[ -t 1 ] || echo "$label"
	: >"$log"
	start "$@" >"$log" 2>&1
	follow "$label" "$kind" "$log" || status=$?
	end_step 100
	read -r good bad < <(results "$kind" "$directory" "$log")
	[ $((good + bad)) -eq 0 ] || said="$good passed, $bad failed, "
	[ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	passed=$((passed + good)) failed=$((failed + bad))
	said+=$(minutes $((SECONDS - began)))
	ok=1
	[ "$bad" -eq 0 ] || ok=0
	[ "$ok" -eq 1 ] && said="ok, $said" || said="FAILED, $said"
	[ -t 1 ] && printf '\r\033[K%s\n' "$label: $said" || echo "    $said"
	[ "$ok" -eq 1 ] || show "$kind" "$directory" "$log"
}

# The last line.
finish() {
	finished=1
	echo "$(minutes $((SECONDS - started))) in all"
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && exit 0
	exit 1
}
