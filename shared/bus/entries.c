/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/entries.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/vec.h"
#include "shared/base/xalloc.h"
#include "shared/bus/keys.h"
#include "shared/bus/reply.h"
#include "shared/bus/state.h"
#include "shared/stats/stats.h"

enum { PAGE = 64 }; /* entries that are read in one command */

void
entry_id(char out[ENTRY_ID_SIZE])
{
	uint64_t random = (uint64_t)getpid();

	if (getrandom(&random, sizeof(random), 0) < 0)
		log_warn("random", "reason=\"getrandom failed\"");
	snprintf(out, ENTRY_ID_SIZE, "%016" PRIx64, random);
}

static bool
is_id(struct text id)
{
	return id.len == ENTRY_ID_SIZE - 1 &&
	       strspn(id.bytes, "0123456789abcdef") == id.len;
}

/* --- writing -------------------------------------------------------------- */

struct write_call {
	struct bus *bus;
	uint64_t sent_ms;
};

static void
note_refusal(struct bus *bus, const char *error)
{
	if (!bus->entry_refused)
		log_warn("entry",
			 "reason=\"Redis does not take the entry of this "
			 "process, which the status page lacks: %s\"",
			 error);
	bus->entry_refused = true;
}

static void
written(void *arg, const struct redis_reply *reply)
{
	struct write_call *call = arg;
	const char *error = reply != NULL ? redis_reply_error(reply) : NULL;

	if (error != NULL) {
		note_refusal(call->bus, error);
	} else if (reply != NULL) {
		call->bus->entry_refused = false;
		stats_redis_clock((uint64_t)redis_reply_integer(reply),
				  call->sent_ms, clock_unix_ms());
	}
	free(call);
}

bool
entries_write(struct bus *bus, const char *id, const char *json,
	      unsigned int life)
{
	char entry[BUS_KEY_SIZE], index[BUS_KEY_SIZE], seconds[16], most[16];
	const char *keys[] = {entry, index, NULL};
	const char *args[] = {id, json, seconds, most, NULL};
	const struct script_input input = {.keys = keys, .args = args};
	struct write_call *call;

	if (!bus->commands_up || strlen(json) > ENTRY_MAX)
		return false;
	bus_entry_key(entry, bus->conf, id);
	bus_entries_key(index, bus->conf);
	snprintf(seconds, sizeof(seconds), "%u", life);
	snprintf(most, sizeof(most), "%d", ENTRIES_MAX);
	call = xmalloc(sizeof(*call));
	*call = (struct write_call){.bus = bus, .sent_ms = clock_unix_ms()};
	if (script_run(&bus->entry_script, &input, written, call))
		return true;
	free(call);
	return false;
}

static void
removed(void *arg, const struct redis_reply *reply)
{
	(void)arg;
	(void)reply;
}

bool
entries_remove(struct bus *bus, const char *id)
{
	char entry[BUS_KEY_SIZE], index[BUS_KEY_SIZE];
	/* deletes it, by a command that writing needs anyway */
	const char *expire[] = {"EXPIRE", entry, "0", NULL};
	const char *zrem[] = {"ZREM", index, id, NULL};

	bus_entry_key(entry, bus->conf, id);
	bus_entries_key(index, bus->conf);
	return redis_conn_command(bus->commands, expire, removed, NULL) &&
	       redis_conn_command(bus->commands, zrem, removed, NULL);
}

/* --- reading -------------------------------------------------------------- */

struct read_call {
	struct bus_call call;
	entries_fn *fn;
	char (*ids)[ENTRY_ID_SIZE];
	size_t id_count, asked;
	struct text *texts; /* copies */
	size_t room, bytes;
	struct entries result;
};

static void
finish(struct read_call *call, enum bus_status status)
{
	struct entries *result = &call->result;

	result->status = status;
	result->texts = call->texts;
	if (!call->call.cancelled)
		call->fn(call->call.arg, result);
	for (size_t i = 0; i < result->count; i++)
		free((char *)(uintptr_t)call->texts[i].bytes);
	free(call->texts);
	free(call->ids);
	free(call);
}

static void
keep(struct read_call *call, struct text entry)
{
	struct text copy = {NULL, entry.len};

	if (entry.bytes == NULL)
		return; /* it has expired */
	if (entry.len > ENTRY_MAX ||
	    call->bytes + entry.len > ENTRIES_BYTES_MAX) {
		call->result.is_cut = true;
		return;
	}
	copy.bytes = memcpy(xmalloc(entry.len + 1), entry.bytes, entry.len + 1);
	call->bytes += entry.len;
	call->texts = vec_grow(call->texts, call->result.count, &call->room,
			       sizeof(*call->texts));
	call->texts[call->result.count++] = copy;
}

static void ask(struct read_call *call);

static void
page_came(void *arg, const struct redis_reply *reply)
{
	struct read_call *call = arg;
	enum bus_status status = bus_reply_status(reply, "MGET");

	for (size_t i = 0; i < redis_reply_count(reply); i++)
		keep(call, redis_reply_string(redis_reply_at(reply, i)));
	if (status != BUS_OK)
		finish(call, status);
	else
		ask(call);
}

/* The next page, or the end. */
static void
ask(struct read_call *call)
{
	char(*keys)[BUS_KEY_SIZE] = xcalloc(PAGE, sizeof(*keys));
	struct bus *bus = call->call.bus;
	const char *words[1 + PAGE + 1] = {"MGET"};
	size_t n = 0;

	for (; n < PAGE && call->asked < call->id_count; n++) {
		bus_entry_key(keys[n], bus->conf, call->ids[call->asked++]);
		words[1 + n] = keys[n];
	}
	if (n == 0 || call->call.cancelled ||
	    call->bytes >= ENTRIES_BYTES_MAX) {
		call->result.is_cut = call->result.is_cut || n > 0;
		finish(call, BUS_OK);
	} else if (!redis_conn_command(bus->commands, words, page_came, call)) {
		finish(call, BUS_DOWN);
	}
	free(keys); /* the connection has copied them */
}

static void
take_ids(struct read_call *call, const struct redis_reply *ids)
{
	size_t count = redis_reply_count(ids);

	call->result.is_cut = count > ENTRIES_MAX;
	if (count > ENTRIES_MAX)
		count = ENTRIES_MAX;
	call->ids = xcalloc(count + 1, sizeof(*call->ids));
	for (size_t i = 0; i < count; i++) {
		struct text id = redis_reply_string(redis_reply_at(ids, i));

		if (is_id(id))
			memcpy(call->ids[call->id_count++], id.bytes,
			       ENTRY_ID_SIZE);
	}
}

static void
ids_came(void *arg, const struct redis_reply *reply)
{
	struct read_call *call = arg;
	enum bus_status status = bus_reply_status(reply, "EVALSHA");

	if (status == BUS_OK && redis_reply_count(reply) == 2) {
		call->result.now_ms =
		    (uint64_t)redis_reply_integer(redis_reply_at(reply, 0));
		take_ids(call, redis_reply_at(reply, 1));
		ask(call);
	} else {
		finish(call, status == BUS_OK ? BUS_REFUSED : status);
	}
}

struct bus_call *
entries_read(struct bus *bus, entries_fn *fn, void *arg)
{
	struct read_call *call = xcalloc(1, sizeof(*call));
	char index[BUS_KEY_SIZE], most[16];
	const char *keys[] = {index, NULL}, *args[] = {most, NULL};
	const struct script_input input = {.keys = keys, .args = args};

	call->call = (struct bus_call){.bus = bus, .arg = arg};
	call->fn = fn;
	bus_entries_key(index, bus->conf);
	snprintf(most, sizeof(most), "%d", ENTRIES_MAX + 1);
	if (script_run(&bus->entries_script, &input, ids_came, call))
		return &call->call;
	free(call);
	return NULL;
}

void
entries_init(struct bus *bus)
{
	script_init(&bus->entry_script, bus->commands, &bus_entry_script);
	script_init(&bus->entries_script, bus->commands, &bus_entries_script);
}
