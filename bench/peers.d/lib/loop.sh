# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# loop.sh - a loop in a script behind mod_fcgid, one process for each subscriber.
# Sourced by php-loop and perl-loop, after peer.sh and apache.sh.

# For subscribers, and for those that have left and were not noticed yet.
many_threads="
ServerLimit 20
StartServers 4
ThreadLimit 128
ThreadsPerChild 125
MaxRequestWorkers 1000
MinSpareThreads 125
MaxSpareThreads 1000"

role_of() {
	case $1 in
	apache2) echo "$2" ;;
	*) echo application ;;
	esac
}

# loop SCRIPTS SUBSCRIBE PUBLISH [LINE]
loop() {
	local port script
	port=$(free_port)
	open_directory
	mkdir "$BENCH_DIR/scripts"
	for script in $1; do
		install -m 755 "$here/lib/$script" "$BENCH_DIR/scripts/"
	done
	apache server fcgid "" "
$many_threads
$(fcgid_lines)
FcgidOutputBufferSize 0
FcgidIOTimeout 90
FcgidBusyTimeout 86400
FcgidMaxProcessesPerClass 400
FcgidMinProcessesPerClass 1
FcgidMaxRequestsPerProcess 0
FcgidInitialEnv REDIS_PORT $BENCH_REDIS_PORT
FcgidInitialEnv KEEP $BENCH_KEEP
${4-}
Alias /loop \"$BENCH_DIR/scripts\"
<Directory \"$BENCH_DIR/scripts\">
	Require all granted
	Options +ExecCGI
	SetHandler fcgid-script
</Directory>"
	until_published "$port" "/loop/$3" "channel=ready&data=1" \
		"Content-Type: application/x-www-form-urlencoded"
	cat <<END
address=127.0.0.1:$port
subscribe=/loop/$2?channel={channel}
header=Accept: text/event-stream
framing=sse
live=first
cursor=id
resume_path=/loop/$2?channel={channel}
resume_header=Last-Event-ID: {cursor}
publish=/loop/$3
publish_header=Content-Type: application/x-www-form-urlencoded
publish_body=channel={channel}&data={data}
END
}
