/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/wire/request.h"

#include <errno.h>
#include <fcgiapp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/base/number.h"
#include "shared/wire/record_pairs.h"

/* libfcgi reads from `file` and decodes into `decoded`. */
static int file = -1;
static FCGX_Request decoded;

static char empty[1];

static int
open_file(void)
{
	return memfd_create("request", MFD_CLOEXEC);
}

bool
request_init(void)
{
	if (FCGX_Init() != 0)
		return false;
	file = open_file();
	return file >= 0;
}

void
request_free(void)
{
	if (file >= 0)
		close(file);
	file = -1;
}

static bool
fill_file(const struct buf *head)
{
	size_t done = 0;
	ssize_t n;

	if (file < 0)
		file = open_file();
	if (ftruncate(file, 0) != 0 || lseek(file, 0, SEEK_SET) != 0)
		return false;
	while (done < head->len) {
		n = write(file, head->bytes + done, head->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return lseek(file, 0, SEEK_SET) == 0;
}

bool
request_open(struct request *r, const struct buf *head)
{
	r->variables = NULL;
	if (!record_pairs_fit(head) || !fill_file(head))
		return false;
	if (FCGX_InitRequest(&decoded, -1, 0) != 0)
		return false;
	decoded.ipcFd = file; /* or it would accept() a connection */
	decoded.keepConnection = 1;
	if (FCGX_Accept_r(&decoded) != 0) {
		/* libfcgi may have closed it: open another */
		close(file);
		file = -1;
		return false;
	}
	r->variables = decoded.envp;
	return true;
}

void
request_close(struct request *r)
{
	r->variables = NULL;
	FCGX_Free(&decoded, 0); /* 0: keep the file open */
}

/* The first from `v` on; NULL: none. */
static char *const *
find(char *const *v, const char *name)
{
	size_t len = strlen(name);

	for (; *v != NULL; v++)
		if (strncmp(*v, name, len) == 0 && (*v)[len] == '=')
			return v;
	return NULL;
}

char *
request_get(const struct request *r, const char *name)
{
	char *const *v = find(r->variables, name);

	return v != NULL ? *v + strlen(name) + 1 : empty;
}

bool
request_has_several(const struct request *r, const char *name)
{
	char *const *v = find(r->variables, name);

	return v != NULL && find(v + 1, name) != NULL;
}

bool
request_has_content_length(const struct request *r)
{
	return request_get(r, "CONTENT_LENGTH")[0] != '\0';
}

size_t
request_content_length(const struct request *r)
{
	const char *text = request_get(r, "CONTENT_LENGTH");
	uint64_t n;

	if (!request_has_content_length(r))
		return 0;
	if (!number_parse(&n, text_of(text), SIZE_MAX))
		return SIZE_MAX;
	return (size_t)n;
}
