# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# nchan.sh - Nchan, with messages in Redis or in the memory of nginx. Sourced by
# nchan-redis and nchan-memory, which set $store.
# shellcheck disable=SC2154

here=$(dirname "$0")
# shellcheck source=bench/peers.d/lib/peer.sh
. "$here/lib/peer.sh"
# shellcheck source=bench/peers.d/lib/nginx.sh
. "$here/lib/nginx.sh"

module=${NCHAN_MODULE:-/usr/lib/nginx/modules/ngx_nchan_module.so}

info() {
	need nginx nginx
	need_file "$module" libnginx-mod-nchan
	echo "title=Nchan, messages in $([ "$store" = redis ] && echo Redis || echo memory)"
	echo "ours=no"
	echo "redis=$([ "$store" = redis ] && echo yes || echo no)"
	echo "techniques=sse websocket stream longpoll"
}

# subscriber PATH KIND
subscriber() {
	cat <<END
		location = $1 {
			nchan_subscriber $2;
			$pass
			nchan_subscriber_first_message newest;
			nchan_eventsource_ping_interval 15;
			nchan_websocket_ping_interval 15;
			nchan_channel_id \$arg_id;
			${3-}
		}
END
}

start() {
	local pass="" upstream="" port
	info >/dev/null || info
	if [ "$store" = redis ]; then
		upstream="upstream redis {
			nchan_redis_server redis://127.0.0.1:$BENCH_REDIS_PORT/0;
		}"
		pass="nchan_redis_pass redis;"
	fi
	port=$(free_port)
	nginx_server nginx server "$module" "
	nchan_shared_memory_size 1G;
	$upstream
	nchan_message_buffer_length $BENCH_KEEP;
	nchan_message_timeout 1h;" "
		location = /pub {
			nchan_publisher;
			$pass
			nchan_channel_id \$arg_id;
		}
$(subscriber /sse eventsource)
$(subscriber /websocket websocket)
$(subscriber /stream http-raw-stream \
		'nchan_subscriber_http_raw_stream_separator "\n";')
$(subscriber /longpoll longpoll)"
	until_published "$port" "/pub?id=ready" ready "Content-Type: text/plain"
	describe "$port"
}

describe() {
	cat <<END
address=127.0.0.1:$1
subscribe=/$BENCH_TECHNIQUE?id={channel}
live=head
publish=/pub?id={channel}
publish_pipeline=16
publish_header=Content-Type: text/plain
publish_body={data}
END
	case $BENCH_TECHNIQUE in
	sse)
		cat <<END
header=Accept: text/event-stream
framing=sse
cursor=id
resume_path=/sse?id={channel}
resume_header=Last-Event-ID: {cursor}
END
		;;
	stream)
		echo "framing=ndjson"
		echo "cursor=none"
		;;
	websocket)
		echo "framing=websocket"
		echo "cursor=none"
		;;
	longpoll)
		cat <<END
framing=longpoll
cursor=etag
resume_path=/longpoll?id={channel}
END
		;;
	esac
}
