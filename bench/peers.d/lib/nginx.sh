# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# nginx.sh - one nginx with one worker, for systems that source peer.sh.

# nginx_server NAME ROLE MODULE LINES-OF-HTTP LINES-OF-SERVER
# Listens on $port. MODULE: a path, or empty.
nginx_server() {
	local folder=$BENCH_DIR/$1
	mkdir "$folder"
	cat >"$folder/nginx.conf" <<END
daemon off;
${3:+load_module $3;}
worker_processes 1;
worker_rlimit_nofile $BENCH_FDS;
pid $folder/nginx.pid;
error_log $folder/error.log warn;
$([ "$(id -u)" -ne 0 ] || echo "user root;")
events { worker_connections $BENCH_FDS; }
http {
	access_log off;
	client_body_temp_path $folder/body;
	proxy_temp_path $folder/proxy;
	fastcgi_temp_path $folder/fastcgi;
	uwsgi_temp_path $folder/uwsgi;
	scgi_temp_path $folder/scgi;
	keepalive_requests 100000000;
	keepalive_timeout 600;
	$4
	server {
		listen 127.0.0.1:$port backlog=4096;
		$5
	}
}
END
	background "$2" "$1" nginx -p "$folder" -c "$folder/nginx.conf"
	until_listening "$port" "$1"
}
