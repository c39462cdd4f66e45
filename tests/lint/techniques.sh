#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A technique turns messages into bytes: it does no I/O, allocates nothing,
# keeps no state, knows no event loop and no Redis. What is not a technique
# but lives in fcgi/ is named here.
set -eu
cd "${PUSHCGI_SRC:-.}"
. tests/lint/tap.sh

not_techniques='main'

calls='read|readv|write|writev|send|sendto|sendmsg|recv|recvfrom|recvmsg'
calls+='|open|openat|close|socket|accept|connect|poll|select|epoll_[a-z]+'
calls+='|f?printf|vf?printf|puts|putchar|f(open|close|read|write|puts|gets)'
calls+='|malloc|calloc|realloc|reallocarray|strn?dup|v?asprintf|alloca|free'
calls+='|getenv|setenv|time|gettimeofday|clock_gettime|rand|random|sleep'
calls+='|fork|exec[a-z]+|system|popen|exit|_exit|abort|signal|sigaction'
calls+='|ev_[a-z_]+|redis[A-Za-z]+|FCGX_[A-Za-z]+|log_[a-z]+'

is_technique() {
	local name
	name=$(basename "$1" .c)
	case " $not_techniques " in *" $name "*) return 1 ;; esac
}

# The code without comments, texts and characters, line for line.
code_of() {
	awk '
	{
		line = $0
		out = ""
		while (line != "") {
			if (inside) {
				i = index(line, "*/")
				if (i == 0)
					break
				line = substr(line, i + 2)
				inside = 0
			} else if (match(line, /"([^"\\]|\\.)*"|\/\*|\/\//)) {
				out = out substr(line, 1, RSTART - 1) " "
				word = substr(line, RSTART, RLENGTH)
				line = substr(line, RSTART + RLENGTH)
				if (word == "//")
					break
				inside = word == "/*"
			} else {
				out = out line
				break
			}
		}
		print out
	}' "$1"
}

# What stands in FILE and should not: FILE:LINE: code.
forbidden_calls() {
	code_of "$1" | grep -nE "(^|[^A-Za-z0-9_.>])($calls)[[:space:]]*\\(" |
	    sed "s,^,$1:," || true
}

# Variables of file scope that are not const: a definition in column 1.
state_of() {
	code_of "$1" |
	    grep -nE '^(static )?[a-z][a-z_0-9 ]* \**[a-z_0-9]+(\[.*\])?( =.*|;)' |
	    grep -vE '[0-9]+:(static )?const |const [a-z_]+(\[| =)|:typedef |:return ' |
	    sed "s,^,$1:," || true
}

for file in fcgi/*.c; do
	is_technique "$file" || continue
	name=$(basename "$file" .c)
	report "$name does no I/O and allocates nothing" \
	    "$(forbidden_calls "$file")"
	report "$name keeps no state" "$(state_of "$file")"
	report "$name is the technique called $name" \
	    "$(grep -q "\.name = \"$name\"," "$file" ||
		echo "$file: no .name = \"$name\"")"
done
echo "1..$number"
exit "$failed"
