# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# apache.sh - one Apache 2.4 of Debian, for systems that source peer.sh.

modules=/usr/lib/apache2/modules
web_user=www-data # Apache runs as this user when root starts it

need_apache() {
	need apache2 apache2
	for module; do
		need_file "$modules/mod_$module.so" "mod_$module of Apache"
	done
}

# What Apache's user needs: to enter $BENCH_DIR, and a directory of its own in it.
open_directory() {
	chmod a+x "$BENCH_DIR"
	mkdir "$BENCH_DIR/ipc"
	own_by_web "$BENCH_DIR/ipc"
}

own_by_web() {
	[ "$(id -u)" -ne 0 ] || chown "$web_user" "$@"
}

# apache ROLE MODULES MPM LINES: listens on $port. MPM: a file or empty, which is what
# Debian has.
apache() {
	local role=$1 names=$2 name
	[ -d "$BENCH_DIR/ipc" ] || open_directory
	cat >"$BENCH_DIR/apache.conf" <<END
ServerRoot "$BENCH_DIR"
DefaultRuntimeDir "$BENCH_DIR/ipc"
PidFile "$BENCH_DIR/apache.pid"
ServerName localhost
Listen 127.0.0.1:$port
ListenBacklog 4096
ErrorLog "$BENCH_DIR/apache-error.log"
LogLevel warn
$(for name in mpm_event authz_core alias env setenvif headers $names; do
		echo "LoadModule ${name}_module \"$modules/mod_$name.so\""
	done)
$([ "$(id -u)" -ne 0 ] || printf 'User %s\nGroup %s\n' "$web_user" "$web_user")
Timeout 300
KeepAlive On
KeepAliveTimeout 60
MaxKeepAliveRequests 0
${3:+Include "$3"}
DocumentRoot "$BENCH_DIR/ipc"
$4
END
	ulimit -n "$BENCH_FDS"
	background "$role" apache apache2 -d "$BENCH_DIR" \
		-f "$BENCH_DIR/apache.conf" -DFOREGROUND
	until_listening "$port" apache2
}

# Lines for mod_fcgid: it starts a process for each subscriber, and sees that one has
# left only when it writes to it; so there are more processes than subscribers.
fcgid_lines() {
	cat <<END
FcgidIPCDir "$BENCH_DIR/ipc"
FcgidProcessTableFile "$BENCH_DIR/ipc/shm"
FcgidMaxProcesses 900
FcgidSpawnScoreUpLimit 100000
FcgidIdleScanInterval 1
END
}
