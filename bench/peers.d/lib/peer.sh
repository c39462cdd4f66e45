# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# peer.sh - what the systems of bench/peers.d have in common. A system sources it,
# defines `info` and `start`, and ends with `peer "$@"`; README.md beside it says what
# these print. Processes that `background` started are found, and ended, by the
# functions below.
set -eu

PATH=$PATH:/usr/sbin:/sbin # where Debian has web servers

die() {
	echo "${0##*/}: $1" >&2
	exit 1
}

# not_installed SENTENCE
not_installed() {
	echo "missing=$1"
	exit 3
}

# need PROGRAM PACKAGE
need() {
	command -v "$1" >/dev/null || not_installed "$2 is not installed"
}

# need_file PATH PACKAGE
need_file() {
	[ -e "$1" ] || not_installed "$2 is not installed"
}

# A port of 127.0.0.1 where nobody listens, above those that the kernel gives to
# connections.
free_port() {
	local port
	while :; do
		port=$((61000 + RANDOM % 4500))
		listening "$port" || break
	done
	echo "$port"
}

listening() {
	(: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# background ROLE NAME COMMAND...: starts it in a session of its own, its output in
# $BENCH_DIR/NAME.log.
background() {
	local role=$1 name=$2
	shift 2
	setsid "$@" </dev/null >>"$BENCH_DIR/$name.log" 2>&1 &
	echo "$role $! $(start_of $!)" >>"$BENCH_DIR/peer.pids"
}

# start_of PID: when it started; nothing if it does not run. A pid may have been
# reused, a pair of both not.
start_of() {
	local stat
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 0
	# shellcheck disable=SC2086 # the fields after the name of the program
	set -- ${stat##*) }
	echo "${20}"
}

# until_true SECONDS WHAT COMMAND...
until_true() {
	local end=$((SECONDS + $1)) what=$2
	shift 2
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || {
			tail -n 5 "$BENCH_DIR"/*.log >&2 || :
			die "$what"
		}
		sleep 0.05
	done
}

# until_listening PORT NAME
until_listening() {
	until_true 15 "$2 does not listen" listening "$1"
}

# post PORT PATH BODY [HEADER]...: its status is below 300. Without `curl`, which the
# bench does not need.
post() {
	local port=$1 path=$2 body=$3 status=""
	shift 3
	{ exec 9<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null || return 1
	{
		printf 'POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n' "$path"
		[ $# -eq 0 ] || printf '%s\r\n' "$@"
		printf 'Content-Length: %d\r\n\r\n%s' "${#body}" "$body"
	} >&9 2>/dev/null || :
	read -r -t 5 _ status _ <&9 || :
	exec 9>&- 9<&-
	[[ $status == 2?? ]]
}

# served PORT PATH: a GET of it begins to be answered with 200.
served() {
	local status=""
	{ exec 9<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
	printf 'GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n' "$2" >&9 2>/dev/null || :
	read -r -t 5 _ status _ <&9 || :
	exec 9>&- 9<&-
	[ "$status" = 200 ]
}

# until_served PORT PATH
until_served() {
	until_true 15 "does not serve $2" served "$@"
}

# until_published PORT PATH BODY [HEADER]...
until_published() {
	until_true 15 "does not accept a message" post "$@"
}

# runs PID START
runs() {
	[ -n "$2" ] && [ "$(start_of "$1")" = "$2" ]
}

# PIDs of the roots that `background` started and that still run, with their role.
roots() {
	local role pid started
	[ -e "$BENCH_DIR/peer.pids" ] || return 0
	while read -r role pid started; do
		! runs "$pid" "$started" || echo "$role $pid"
	done <"$BENCH_DIR/peer.pids"
}

# role_of PROGRAM ROLE: of a process below a root of ROLE. A system may define another.
role_of() {
	case $1 in
	publish.fcgi) echo publisher ;;
	*.fcgi) echo ours ;;
	*) echo "$2" ;;
	esac
}

# `ROLE PID` for each root and each process below one. One look at /proc.
pids() {
	local stat name rest pid role more
	local -A parent=() command=() roles=()
	for stat in /proc/[0-9]*/stat; do
		read -r rest 2>/dev/null <"$stat" || continue
		pid=${rest%% *}
		name=${rest#*(}
		command[$pid]=${name%)*}
		rest=${rest##*) }
		rest=${rest#* }
		parent[$pid]=${rest%% *}
	done
	while read -r role pid; do
		roles[$pid]=$role
		echo "$role $pid"
	done < <(roots)
	more=yes
	while [ -n "$more" ]; do
		more=""
		for pid in "${!parent[@]}"; do
			[ -z "${roles[$pid]-}" ] || continue
			role=${roles[${parent[$pid]}]-}
			[ -n "$role" ] || continue
			roles[$pid]=$(role_of "${command[$pid]}" "$role")
			echo "${roles[$pid]} $pid"
			more=yes
		done
	done
}

no_root() {
	[ -z "$(roots)" ]
}

# ended LINES: none of these `PID START` runs.
ended() {
	local pid started
	while read -r pid started; do
		! runs "$pid" "$started" || return 1
	done <<<"$1"
}

# TERM to the roots, the last first; what is left after some seconds, or loses its
# root, gets a KILL. Returns when all of them have ended.
stop() {
	local all pid started end
	all=$(pids | while read -r _ pid; do echo "$pid $(start_of "$pid")"; done)
	roots | tac | while read -r _ pid; do
		kill "$pid" 2>/dev/null || :
	done
	end=$((SECONDS + 5))
	until no_root || [ "$SECONDS" -ge "$end" ]; do
		sleep 0.05
	done
	while read -r pid started; do
		! runs "$pid" "$started" || kill -KILL "$pid" 2>/dev/null || :
	done <<<"$all"
	until_true 10 "does not end" ended "$all"
}

# A start that failed leaves nothing behind.
undo() {
	local status=$?
	[ "$status" -eq 0 ] || stop
	exit "$status"
}

# peer info|start|pids|stop
peer() {
	case ${1-} in
	start)
		trap undo EXIT
		start
		;;
	info | pids | stop) "$1" ;;
	*)
		echo "usage: ${0##*/} info|start|pids|stop" >&2
		exit 2
		;;
	esac
}
