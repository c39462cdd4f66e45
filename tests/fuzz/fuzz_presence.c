/* SPDX-License-Identifier: MIT */
/*
 * fuzz_presence.c - any text as the presence of a channel in Redis, and as what
 * asks for it.
 *
 * A presence has its names and count within the limits, and its JSON is valid.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/text.h"
#include "shared/base/utf8.h"
#include "shared/base/xalloc.h"
#include "shared/model/json.h"
#include "shared/model/presence.h"
#include "tests/fuzz/fuzz.h"

enum { JSON_MAX = 1 << 20 };

static void
check_json(const struct presence *p)
{
	struct buf out;
	struct problem problem;
	const json_t *presence, *users;
	json_t *json;

	buf_init(&out, JSON_MAX);
	presence_put_json(&out, p);
	check(buf_ok(&out));
	json = json_read_object((struct text){out.bytes, out.len}, NULL, "It",
				&problem);
	check(json != NULL);
	presence = json_object_get(json, "presence");
	users = json_object_get(presence, "users");
	check(json_is_integer(json_object_get(presence, "count")));
	check((users != NULL) == p->is_listed);
	check(json_array_size(users) == p->user_count);
	for (size_t i = 0; i < p->user_count; i++) {
		const json_t *name = json_array_get(users, i);

		check(text_equals(p->users[i],
				  (struct text){json_string_value(name),
						json_string_length(name)}));
	}
	json_decref(json);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *copy = xmalloc(len + 1); /* exactly as long */
	struct text text = {copy, len};
	unsigned int ms = 0;
	struct presence *p;

	memcpy(copy, bytes, len);
	copy[len] = '\0';
	if (presence_is_late(text, &ms))
		check(ms <= 1000);
	p = presence_new((struct text){"news", 4}, text);
	if (p != NULL) {
		check(p->user_count <= PRESENCE_USERS_MAX);
		check(presence_equals(p, p));
		if (p->count <= INT64_MAX) /* jansson has no more */
			check_json(p);
		presence_unref(p);
	}
	free(copy);
	return 0;
}
