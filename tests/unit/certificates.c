/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/certificates.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/suite.h"

static const char SCRIPT[] =
    "set -e; exec >make.log 2>&1\n"
    "new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'\n"
    "authority() { openssl req -x509 $new -days 2 -subj \"/CN=$1\""
    " -keyout $1.key -out $1.crt; }\n"
    "sign() { openssl req $new -subj \"/CN=$1\" -keyout $1.key -out $1.csr\n"
    "  echo \"subjectAltName=$2\" >$1.ext\n"
    "  openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -days 2"
    " -CAcreateserial -extfile $1.ext -out $1.crt; }\n"
    "authority ca; authority other-ca\n"
    "sign redis DNS:redis.test,IP:127.0.0.1; sign client DNS:client.test\n"
    "cat client.crt client.key >client.pem\n"
    "openssl ec -in client.key -aes256 -passout pass:x -out locked.key\n";

void
certificates_make(const char *directory)
{
	char command[sizeof(SCRIPT) + CERTIFICATES_PATH_SIZE];

	snprintf(command, sizeof(command), "cd '%.120s' || exit 1\n%s",
		 directory, SCRIPT);
	if (system(command) != 0)
		ck_abort_msg("openssl makes no certificates; see %s/make.log",
			     directory);
}

void
certificates_path(char out[CERTIFICATES_PATH_SIZE], const char *directory,
		  const char *name)
{
	snprintf(out, CERTIFICATES_PATH_SIZE, "%.120s/%s", directory, name);
}
