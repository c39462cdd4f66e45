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
	BUCKETS = 64,
	INDEXED = 128 /* variables; a request with more has no index */
};

/* libfcgi reads from `file`, which is also mapped, and decodes into `decoded`.
 */
static int file = -1;
static char *mapped;
static size_t size;
static FCGX_Request decoded;

/* The variables of `decoded` by bucket_of() their name, first ones first.
 * Their numbers begin with 1; 0 is the end. */
struct request_index {
	uint8_t first[BUCKETS], next[INDEXED];
};
static struct request_index decoded_index;

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

/* The last bytes of names differ more than the first ones: HTTP_…, SERVER_…. */
static unsigned int
bucket_of(const char *name, size_t len)
{
	unsigned int last = len > 0 ? (unsigned char)name[len - 1] : 0;

	return ((unsigned int)len * 5 + last) % BUCKETS;
}

/* NULL: there are too many. */
static const struct request_index *
make_index(char *const *variables)
{
	struct request_index *index = &decoded_index;
	size_t count = 0;

	while (variables[count] != NULL)
		count++;
	if (count > INDEXED)
		return NULL;
	memset(index, 0, sizeof(*index));
	for (size_t i = count; i-- > 0;) {
		const char *name = variables[i];
		unsigned int bucket = bucket_of(name, strcspn(name, "="));

		index->next[i] = index->first[bucket];
		index->first[bucket] = (uint8_t)(i + 1);
	}
	return index;
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
	r->index = make_index(decoded.envp);
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

static bool
is_named(const char *variable, const char *name, size_t len)
{
	return strncmp(variable, name, len) == 0 && variable[len] == '=';
}

/* The first from `i` on; NULL: none. */
static char *const *
find(const struct request *r, size_t i, const char *name)
{
	size_t len = strlen(name), n;
	char *const *v = r->variables;

	if (r->index == NULL) {
		for (; v[i] != NULL; i++)
			if (is_named(v[i], name, len))
				return &v[i];
		return NULL;
	}
	n = r->index->first[bucket_of(name, len)];
	for (; n != 0; n = r->index->next[n - 1])
		if (n > i && is_named(v[n - 1], name, len))
			return &v[n - 1];
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

/* --- a copy --------------------------------------------------------------- */

size_t
request_size(const struct request *r)
{
	size_t bytes = sizeof(*r->variables);

	for (char *const *v = r->variables; *v != NULL; v++)
		bytes += sizeof(*v) + strlen(*v) + 1;
	return bytes + (r->index != NULL ? sizeof(*r->index) : 0);
}

void
request_copy(struct request *out, void *at, const struct request *r)
{
	char **variables = at, *text;
	size_t count = 0, len;

	while (r->variables[count] != NULL)
		count++;
	text = (char *)(variables + count + 1);
	*out = (struct request){.variables = variables};
	if (r->index != NULL) {
		out->index = memcpy(text, r->index, sizeof(*r->index));
		text += sizeof(*r->index);
	}
	for (size_t i = 0; i < count; i++, text += len) {
		len = strlen(r->variables[i]) + 1;
		variables[i] = memcpy(text, r->variables[i], len);
	}
	variables[count] = NULL;
}

/* --- the length of a body ------------------------------------------------- */

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
