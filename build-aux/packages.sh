# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: MIT
#
# packages.sh - which Debian packages it takes, and getting those missing.
# To be read by a bash script with `set -eu`:
#
#	. build-aux/packages.sh
#	packages_need build run test
#
# Sets: build (compile it), run (serve with it), lighttpd or apache (by which
# server), deb (make deb and tests/package/run), test (everything ./check does).
# They are the sets of Debian 12 and 13.

packages_build='gcc libc6-dev make autoconf automake pkg-config libfcgi-dev
    libhiredis-dev libev-dev libinih-dev libjansson-dev
    libwslay-dev zlib1g-dev libssl-dev libjwt-dev libseccomp-dev
    libcurl4-openssl-dev'
packages_run='redis-server curl'
packages_lighttpd='lighttpd'
packages_apache='apache2-bin libapache2-mod-fcgid'
packages_deb='build-essential debhelper lintian mmdebstrap systemd-container'
packages_test='lighttpd lighttpd-mod-openssl lighttpd-mod-deflate apache2-bin
    libapache2-mod-fcgid libapache2-mod-security2 apache2 nginx-light haproxy
    libnginx-mod-nchan gnuplot-nox
    systemd
    gitweb git nagios4-core nagios4-cgi msmtp-mta fail2ban
    prometheus monitoring-plugins-basic
    check clang libclang-rt-dev clang-format valgrind shellcheck
    mandoc xz-utils python3 perl libfcgi-perl php-cli php-cgi curl procps openssl
    chromium chromium-driver firefox-esr webkit2gtk-driver xvfb nodejs
    python3-websockets
    python3-pytest python3-pytest-xdist python3-pytest-timeout ccache'
# The tests of Redis also run with Valkey, which Debian has from 13 on; there
# systemd.pc has a package of its own.
# shellcheck source=/dev/null
if (. /etc/os-release && [ "${VERSION_ID:-13}" -ge 13 ]) 2>/dev/null; then
	packages_test+=' valkey-server'
	packages_deb+=' systemd-dev'
fi
# Node that is not Debian's brings npm with it.
command -v npm >/dev/null || packages_test+=' npm'

# packages_missing SETS...: prints those not installed, a word each.
packages_missing() {
	local set list package
	for set; do
		list=packages_$set
		for package in ${!list}; do
			# ${...} is dpkg-query's own
			# shellcheck disable=SC2016
			dpkg-query -W -f '${db:Status-Abbrev}\n' "$package" \
			    2>/dev/null | grep -q '^ii' || echo "$package"
		done
	done
}

# As root, or through sudo, which asks on the terminal if at all.
packages_as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

packages_install() {
	packages_as_root env DEBIAN_FRONTEND=noninteractive \
	    apt-get update -qq &&
	    packages_as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends "$@"
}

# packages_need SETS...: returns when all of them are installed; else says
# what to install, and ends the script.
packages_need() {
	local missing
	if ! command -v dpkg-query >/dev/null; then
		echo 'This is not Debian: whether all is here that it takes' \
		    'is for you to know.' >&2
		return
	fi
	missing=$(packages_missing "$@" | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		echo "Missing packages. As root: apt-get install $missing" >&2
		exit 1
	fi
	echo "Installing: $missing"
	# shellcheck disable=SC2086 # one word a package
	if ! packages_install $missing </dev/null; then
		echo "Could not. As root: apt-get install $missing" >&2
		exit 1
	fi
}
