/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_reader.h"

#include <hiredis/hiredis.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"

#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

struct redis_reader {
	redisReader *hiredis;
	redisReplyObjectFunctions functions; /* its own, but for arrays */
	void *(*create_array)(const redisReadTask *, element_count);
	size_t reply_max;
	size_t partial;	   /* bytes of the reply that is not complete */
	const char *fault; /* of an array; or NULL */
};

static bool
is_too_deep(const redisReadTask *task)
{
	int levels = 1;

	for (; task->parent != NULL; task = task->parent)
		if (++levels > REDIS_LEVELS_MAX)
			return true;
	return false;
}

/* hiredis would allocate as many elements as the reply claims to have, and from
 * 1.1 on take any number of levels, which it frees by recursion. */
static void *
create_array(const redisReadTask *task, element_count count)
{
	struct redis_reader *r = task->privdata;

	if (count > REDIS_ARRAY_MAX)
		r->fault = "a reply has too many elements";
	else if (is_too_deep(task))
		r->fault = "a reply has too many levels";
	return r->fault == NULL ? r->create_array(task, count) : NULL;
}

struct redis_reader *
redis_reader_new(size_t reply_max)
{
	struct redis_reader *r = xcalloc(1, sizeof(*r));

	r->hiredis = redisReaderCreate();
	if (r->hiredis == NULL)
		xalloc_failed();
	r->functions = *r->hiredis->fn;
	r->create_array = r->functions.createArray;
	r->functions.createArray = create_array;
	r->hiredis->fn = &r->functions;
	r->hiredis->privdata = r;
	r->reply_max = reply_max;
	return r;
}

void
redis_reader_free(struct redis_reader *r)
{
	if (r == NULL)
		return;
	redisReaderFree(r->hiredis);
	free(r);
}

/* hiredis searches the whole line again with each byte that comes. */
static bool
line_is_too_long(const redisReader *h)
{
	return h->len - h->pos > REDIS_LINE_MAX &&
	       memchr(h->buf + h->pos, '\r', REDIS_LINE_MAX) == NULL;
}

static const char *
fault(const struct redis_reader *r)
{
	return r->fault != NULL ? r->fault : r->hiredis->errstr;
}

const char *
redis_reader_feed(struct redis_reader *r, struct text bytes,
		  redis_reader_fn *fn, void *arg)
{
	redisReader *h = r->hiredis;
	void *reply;
	bool go_on = true;

	if (redisReaderFeed(h, bytes.bytes, bytes.len) != REDIS_OK)
		return fault(r);
	r->partial += bytes.len;
	while (go_on) {
		if (redisReaderGetReply(h, &reply) != REDIS_OK)
			return fault(r);
		if (reply == NULL)
			break;
		r->partial = h->len - h->pos;
		go_on = fn(arg, reply);
		freeReplyObject(reply);
	}
	if (r->partial > r->reply_max)
		return "a reply is too large";
	if (line_is_too_long(h))
		return "a line of a reply is too long";
	return NULL;
}
