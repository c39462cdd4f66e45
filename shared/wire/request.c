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

enum {
	FILE_SIZE = 64 * 1024, /* larger for the time of a larger head */
	MARKS = 128	       /* of the usual number of variables */
};

/* libfcgi reads from `file`, which is also mapped, and decodes into `decoded`.
 */
static int file = -1;
static char *mapped;
static size_t size;
static FCGX_Request decoded;

/* What find() looks at first: of each variable of `decoded`. */
static uint16_t marks[MARKS];

static char empty[1];

/* --- the file ------------------------------------------------------------- */

static void
close_file(void)
{
	if (mapped != NULL)
		munmap(mapped, size);
	if (file >= 0)
		close(file);
	mapped = NULL;
	file = -1;
}

static bool
resize(size_t wanted)
{
	void *at;

	if (mapped != NULL)
		munmap(mapped, size);
	mapped = NULL;
	if (ftruncate(file, (off_t)wanted) != 0)
		return false;
	at = mmap(NULL, wanted, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (at == MAP_FAILED)
		return false;
	mapped = at;
	size = wanted;
	return true;
}

static bool
open_file(void)
{
	file = memfd_create("request", MFD_CLOEXEC);
	if (file < 0)
		return false;
	if (!resize(FILE_SIZE))
		close_file();
	return file >= 0;
}

bool
request_init(void)
{
	return FCGX_Init() == 0 && open_file();
}

void
request_free(void)
{
	close_file();
}

/* The head ends where the file ends, so libfcgi finds nothing after it; what is
 * before it, of earlier requests, is not read. */
static bool
fill_file(const struct buf *head)
{
	if (file < 0 && !open_file())
		return false;
	if (head->len > size && !resize(head->len)) {
		close_file();
		return false;
	}
	memcpy(mapped + size - head->len, head->bytes, head->len);
	return lseek(file, (off_t)(size - head->len), SEEK_SET) >= 0;
}

/* --- variables ------------------------------------------------------------ */

/* Of the length and the last byte of a name. */
static uint16_t
mark_of(const char *name, size_t len)
{
	return (uint16_t)(len << 8 | (len > 0 ? (uint8_t)name[len - 1] : 0));
}

/* NULL: there are too many. */
static const uint16_t *
mark_all(char *const *variables)
{
	size_t i;

	for (i = 0; variables[i] != NULL; i++) {
		if (i == MARKS)
			return NULL;
		marks[i] = mark_of(variables[i], strcspn(variables[i], "="));
	}
	return marks;
}

bool
request_open(struct request *r, const struct buf *head)
{
	*r = (struct request){0};
	if (!record_pairs_fit(head) || !fill_file(head))
		return false;
	if (FCGX_InitRequest(&decoded, -1, 0) != 0)
		return false;
	decoded.ipcFd = file; /* or it would accept() a connection */
	decoded.keepConnection = 1;
	if (FCGX_Accept_r(&decoded) != 0) {
		close_file(); /* libfcgi may have closed it */
		return false;
	}
	r->variables = decoded.envp;
	r->marks = mark_all(decoded.envp);
	return true;
}

void
request_close(struct request *r)
{
	*r = (struct request){0};
	FCGX_Free(&decoded, 0); /* 0: keep the file open */
	if (size > FILE_SIZE && !resize(FILE_SIZE))
		close_file();
}

/* The first from `i` on; NULL: none. */
static char *const *
find(const struct request *r, size_t i, const char *name)
{
	size_t len = strlen(name);
	uint16_t mark = mark_of(name, len);
	char *const *v = r->variables;

	for (; v[i] != NULL; i++)
		if ((r->marks == NULL || r->marks[i] == mark) &&
		    strncmp(v[i], name, len) == 0 && v[i][len] == '=')
			return &v[i];
	return NULL;
}

char *
request_get(const struct request *r, const char *name)
{
	char *const *v = find(r, 0, name);

	return v != NULL ? *v + strlen(name) + 1 : empty;
}

bool
request_has_several(const struct request *r, const char *name)
{
	char *const *v = find(r, 0, name);

	return v != NULL &&
	       find(r, (size_t)(v - r->variables) + 1, name) != NULL;
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
