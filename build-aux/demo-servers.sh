# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
#
# demo-servers.sh - the configuration of the web servers for ./demo: the shipped
# files with adapted variables, and a minimal server configuration around them.
# Sourced by ./demo: uses $work, $port, $PWD.

# shellcheck source=build-aux/shipped.sh
. build-aux/shipped.sh

# Apache runs as this user when root starts it.
web_user=www-data

# own_by_web FILE...: gives only the web server access.
own_by_web() {
	[ "$server" = lighttpd ] || [ "$(id -u)" -ne 0 ] ||
	    chown "$web_user" "$@"
}

# shipped FILE PATTERN [NAME VALUE]...: build/deploy/FILE into $work, with its
# variables set.
shipped() {
	adapted "build/deploy/$1" "$work" "${@:2}"
}

write_lighttpd() {
	local descriptors
	descriptors=$(ulimit -Hn)
	[[ $descriptors =~ ^[0-9]+$ && $descriptors -lt 65536 ]] ||
	    descriptors=65536
	shipped lighttpd/50-pushcgi-spawn.conf 'var.%s := ' \
	    pushcgi_programs "$PWD/build/fcgi" \
	    pushcgi_sockets "$work/pushcgi-" \
	    pushcgi_client "$PWD/build/client"
	shipped lighttpd/50-pushcgi-websocket-spawn.conf 'var.%s := ' \
	    pushcgi_websocket_programs "$PWD/build/fcgi" \
	    pushcgi_websocket_socket "$work/pushcgi-websocket.sock" \
	    pushcgi_client "$PWD/build/client"
	cat >"$work/lighttpd.conf" <<END
server.modules = ( "mod_indexfile", "mod_setenv", "mod_cgi" )
server.document-root = "$PWD/demo-site"
server.bind = "127.0.0.1"
server.port = $port
server.upload-dirs = ( "$work" )
index-file.names = ( "index.html" )
mimetype.assign = (
	".html" => "text/html; charset=utf-8",
	".css" => "text/css; charset=utf-8",
	".js" => "text/javascript; charset=utf-8",
	".mjs" => "text/javascript; charset=utf-8",
	".svg" => "image/svg+xml",
)
\$HTTP["url"] == "/cgi-bin/right" {
	cgi.assign = ( "" => "" )
	setenv.set-environment = (
		"PATH" => "$PWD/build:/usr/bin:/bin",
		"PUSHCGI_CONF" => "$work/push.conf",
	)
}
include "$work/50-pushcgi-spawn.conf"
include "$work/50-pushcgi-websocket-spawn.conf"
server.max-fds := $descriptors
server.max-connections := $((descriptors / 2))
server.modules += ( "mod_staticfile" )
END
}

# What Apache's user need not be able to reach where it is.
copy_for_apache() {
	mkdir "$work/programs" "$work/bin" "$work/ipc"
	cp build/fcgi/*.fcgi "$work/programs/"
	cp build/push-token "$work/bin/"
	cp -R demo-site "$work/site"
	cp -R build/client "$work/client"
	chmod -R a+rX "$work/programs" "$work/bin" "$work/site" "$work/client"
	own_by_web "$work/ipc"
}

apache_modules() {
	local module
	for module in mpm_event authz_core alias env setenvif mime dir \
	    proxy proxy_http headers cgid "$@"; do
		printf 'LoadModule %s_module "%s/mod_%s.so"\n' "$module" \
		    /usr/lib/apache2/modules "$module"
	done
}

# apache_settings KIND: where its module keeps its things, and how the
# programs learn of our settings.
apache_settings() {
	case $1 in
	fcgid) cat <<END ;;
FcgidIPCDir "$work/ipc"
FcgidProcessTableFile "$work/ipc/table"
FcgidInitialEnv PUSHCGI_CONF "$work/push.conf"
END
	cgi) cat <<END ;;
SetEnv PUSHCGI_CONF "$work/push.conf"
END
	esac
}

# To which programs Apache hands clients off, and at which port it asks each.
declare -A handoff_ports=([sse]='' [stream]='' [iframe]='' [longpoll]='' [jsonp]='')

# The ports, and the secret that Apache shows there.
write_handoff_settings() {
	local name number=18501
	for name in "${!handoff_ports[@]}"; do
		while port_taken $number; do
			number=$((number + 1))
		done
		handoff_ports[$name]=$((number++))
	done
	(umask 077 && printf 'Define pushcgi_handoff_secret "%s"\n' \
	    "$(build/push-token --new-secret)" >"$work/handoff-secret.conf")
	cat >>"$work/push.conf" <<END

[handoff]
secret_file = $work/handoff-secret.conf
END
}

# What goes before pushcgi-proxy.conf, which has the other techniques.
write_apache_handoff() {
	local name
	local -a ports=()
	for name in "${!handoff_ports[@]}"; do
		ports+=("pushcgi_handoff_$name" "${handoff_ports[$name]}")
	done
	mkdir "$work/handoff"
	shipped apache/pushcgi-handoff.conf 'Define %s ' \
	    pushcgi_handoff_port "$port" \
	    pushcgi_handoff_sockets "$work/handoff" \
	    pushcgi_handoff_secret_file "$work/handoff-secret.conf" \
	    pushcgi_client "$work/client" "${ports[@]}"
	printf 'Include "%s"\n' "$work/pushcgi-handoff.conf"
}

# write_apache KIND: fcgid, proxy, handoff or cgi.
write_apache() {
	local kind=$1 handoff=''
	local -A modules=(
		[fcgid]=fcgid [proxy]=proxy_fcgi [cgi]=""
		[handoff]='proxy_fcgi proxy_fdpass authnz_fcgi authn_core'
	)
	copy_for_apache
	if [ "$kind" = handoff ]; then
		handoff=$(write_apache_handoff)
		kind=proxy
	fi
	shipped "apache/pushcgi-$kind.conf" 'Define %s ' \
	    pushcgi_programs "$work/programs" pushcgi_sockets "$work" \
	    pushcgi_client "$work/client"
	shipped apache/pushcgi-websocket.conf 'Define %s ' \
	    pushcgi_websocket "$work/websocket.sock" \
	    pushcgi_client "$work/client"
	{
		# shellcheck disable=SC2086 # none is no argument
		apache_modules ${modules[$1]}
		[ "$(id -u)" -ne 0 ] ||
		    printf 'User %s\nGroup %s\n' "$web_user" "$web_user"
		apache_settings "$kind"
		cat <<END
ServerName localhost
Listen 127.0.0.1:$port
DefaultRuntimeDir "$work"
PidFile "$work/apache.pid"
ErrorLog "$work/web.log"
TypesConfig /dev/null
AddType text/html;charset=utf-8 .html
AddType text/css;charset=utf-8 .css
AddType text/javascript;charset=utf-8 .js .mjs
AddType image/svg+xml .svg
DirectoryIndex index.html
DocumentRoot "$work/site"
<Directory "$work/site">
	Require all granted
</Directory>
# A script that gives the page its right; for all modules as CGI.
ScriptSock "$work/ipc/cgid.sock"
ScriptAlias "/cgi-bin/" "$work/site/cgi-bin/"
<Directory "$work/site/cgi-bin">
	SetEnv PUSHCGI_CONF "$work/push.conf"
</Directory>
$handoff
Include "$work/pushcgi-$kind.conf"
Include "$work/pushcgi-websocket.conf"
END
	} >"$work/apache.conf"
}
