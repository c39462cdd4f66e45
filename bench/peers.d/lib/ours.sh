# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# ours.sh - what the systems with pushcgi have in common. Sourced after peer.sh.

# shellcheck source=build-aux/shipped.sh
. "${BASH_SOURCE%/*}/../../../build-aux/shipped.sh"

# built FILE: of the build directory.
built() {
	[ -e "$BENCH_BUILD/$1" ] || not_installed "$1 is not built: make"
	echo "$BENCH_BUILD/$1"
}

# The settings of our programs, in the environment: the peers have the same Redis and
# the same history. hold.budget: what a site would set to hold that many.
settings() {
	local name
	for name in "${!PUSHCGI_@}"; do
		unset "$name"
	done
	export PUSHCGI_CONF=/dev/null
	# Only root could read how much memory they take.
	[ "$(id -u)" -eq 0 ] || export PUSHCGI_PROCESS_PRIVATE_MEMORY=no
	export PUSHCGI_BUS_URL=redis://127.0.0.1:$BENCH_REDIS_PORT/0
	export PUSHCGI_HISTORY_LENGTH=$BENCH_KEEP
	export PUSHCGI_ACCESS_PUBLISH=loopback
	export PUSHCGI_HOLD_BUDGET=$BENCH_SUBSCRIBERS
	export PUSHCGI_HOLD_BUDGET_LIGHTTPD=0
	# shellcheck disable=SC2086,SC2163 # words NAME=VALUE
	[ -z "${BENCH_SETTINGS-}" ] || export ${BENCH_SETTINGS?}
}

# shipped FILE PATTERN [NAME VALUE]...: deploy/FILE into $BENCH_DIR, with its variables
# set.
shipped() {
	local from
	from=$(built "deploy/$1")
	adapted "$from" "$BENCH_DIR" "${@:2}"
}

# The settings as words for a shell.
in_environment() {
	local name
	printf 'env'
	for name in "${!PUSHCGI_@}"; do
		printf ' %q' "$name=${!name}"
	done
}

# described PORT: the four techniques are the same behind every web server.
described() {
	cat <<END
address=127.0.0.1:$1
subscribe=/push/$BENCH_TECHNIQUE?channel={channel}
live=cursor
publish=/push/publish
publish_pipeline=16
publish_header=Content-Type: application/x-www-form-urlencoded
publish_body=channel={channel}&data={data}
fast_command=$(in_environment) $BENCH_BUILD/push-publish --lines c0 >/dev/null
fast_line={data}
resume_path=/push/$BENCH_TECHNIQUE?channel={channel}&since={cursor}
END
	case $BENCH_TECHNIQUE in
	sse)
		echo "header=Accept: text/event-stream"
		echo "framing=sse"
		echo "cursor=id"
		;;
	stream)
		echo "framing=ndjson"
		echo "cursor=json"
		;;
	websocket)
		echo "framing=websocket"
		echo "cursor=json"
		;;
	longpoll)
		echo "framing=longpoll"
		echo "cursor=json"
		;;
	esac
}
