/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_reply.h"

#include <hiredis/hiredis.h>

/* What redis_conn passes on is a redisReply under another name. */
static const redisReply *
of_hiredis(const struct redis_reply *reply)
{
	return (const void *)reply;
}

const char *
redis_reply_error(const struct redis_reply *reply)
{
	const redisReply *r = of_hiredis(reply);

	return r->type == REDIS_REPLY_ERROR ? r->str : NULL;
}

bool
redis_reply_is_nil(const struct redis_reply *reply)
{
	return of_hiredis(reply)->type == REDIS_REPLY_NIL;
}

bool
redis_reply_is_array(const struct redis_reply *reply)
{
	return of_hiredis(reply)->type == REDIS_REPLY_ARRAY;
}

bool
redis_reply_is_push(const struct redis_reply *reply)
{
#ifdef REDIS_REPLY_PUSH
	return of_hiredis(reply)->type == REDIS_REPLY_PUSH;
#else
	(void)reply; /* hiredis 0.14 calls it a protocol error */
	return false;
#endif
}

struct text
redis_reply_string(const struct redis_reply *reply)
{
	const redisReply *r = of_hiredis(reply);

	if (r->type != REDIS_REPLY_STRING && r->type != REDIS_REPLY_STATUS)
		return (struct text){NULL, 0};
	return (struct text){r->str, r->len};
}

long long
redis_reply_integer(const struct redis_reply *reply)
{
	const redisReply *r = of_hiredis(reply);

	return r->type == REDIS_REPLY_INTEGER ? r->integer : 0;
}

size_t
redis_reply_count(const struct redis_reply *reply)
{
	return redis_reply_is_array(reply) ? of_hiredis(reply)->elements : 0;
}

const struct redis_reply *
redis_reply_at(const struct redis_reply *reply, size_t i)
{
	return (const void *)of_hiredis(reply)->element[i];
}
