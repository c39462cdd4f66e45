/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/host/counts.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/xalloc.h"

enum {
	IS_RATE = 1, /* bits of a key: its kind */
	IS_HOUR = 2,
	IS_KEY = 4, /* bit of every key: it is not 0 */
	KEY_BITS = IS_RATE | IS_HOUR | IS_KEY,
	HOUR = 3600 /* s */
};

static uint32_t
second(void)
{
	return (uint32_t)(clock_ms() / 1000);
}

static bool
is_rate(host_key key)
{
	return (key & (IS_RATE | IS_HOUR)) != 0;
}

/* The second or hour of the key that `now` is in. */
static uint32_t
period_of(host_key key, uint32_t now)
{
	if ((key & IS_HOUR) != 0)
		return now / HOUR;
	return (key & IS_RATE) != 0 ? now : 0;
}

/* --- keys ----------------------------------------------------------------- */

host_key
host_counts_key(const struct host_counts *c, enum host_kind kind, char what,
		const void *name, size_t len)
{
	static const host_key kinds[] = {
	    [HOST_HELD] = 0, [HOST_RATE] = IS_RATE, [HOST_HOUR] = IS_HOUR};
	struct {
		uint64_t name;
		uint32_t period, what;
	} all = {.name = host_hash(&c->table.key, name, len),
		 .period = period_of(kinds[kind], second()),
		 .what = (unsigned char)what};
	uint64_t hash = host_hash(&c->table.key, &all, sizeof(all));

	hash = (hash >> HOST_COUNT_BITS) & ~(uint64_t)KEY_BITS;
	return hash | IS_KEY | kinds[kind];
}

/* --- entries -------------------------------------------------------------- */

static size_t
room_of(const struct host_counts *c)
{
	return c->shift == 0 ? HOST_INLINE : (size_t)1 << c->shift;
}

/* It counts nothing any more, and another key may take its place. */
static bool
is_over(const struct host_entry *e, uint32_t now)
{
	return e->count == 0 || e->period != period_of(e->key, now);
}

static void
show(struct host_counts *c, const struct host_entry *e)
{
	uint64_t count = e->count < HOST_COUNT_MAX ? e->count : HOST_COUNT_MAX;

	if (c->is_shown)
		host_table_put(&c->table, c->shift, (size_t)(e - c->entries),
			       e->key << HOST_COUNT_BITS | count);
}

static struct host_entry *
find(const struct host_counts *c, host_key key)
{
	size_t room = room_of(c), at = host_table_start(key, c->shift);

	for (size_t i = 0; i < room && c->entries[at].key != 0; i++) {
		if (c->entries[at].key == key)
			return &c->entries[at];
		at = at + 1 < room ? at + 1 : 0;
	}
	return NULL;
}

/* A place for a key that is in none. NULL: half of the entries are used. */
static struct host_entry *
place(struct host_counts *c, host_key key, uint32_t now)
{
	size_t room = room_of(c), at = host_table_start(key, c->shift);

	for (size_t i = 0; i < room; i++) {
		struct host_entry *e = &c->entries[at];

		if (e->key == 0) {
			if (c->shift != 0 && c->used >= room / 2)
				return NULL;
			c->used++;
			return e;
		}
		if (is_over(e, now))
			return e;
		at = at + 1 < room ? at + 1 : 0;
	}
	return NULL;
}

/* The entries that count, and one more, fill a quarter of the table, or half of
 * the largest that others see. */
static unsigned int
fitting_shift(const struct host_counts *c, uint32_t now)
{
	unsigned int shift = HOST_SHIFT_MIN;
	size_t count = 1;

	for (size_t i = 0; i < room_of(c); i++)
		count += !is_over(&c->entries[i], now);
	if (count <= HOST_INLINE)
		return 0;
	while ((size_t)1 << shift < 4 * count &&
	       (shift != HOST_SHIFT_MAX || (size_t)1 << shift < 2 * count))
		shift++;
	return shift;
}

/* Into a table that has room. */
static void
rebuild(struct host_counts *c, uint32_t now)
{
	struct host_entry *old = c->entries, before[HOST_INLINE];
	size_t room = room_of(c);

	if (c->shift == 0)
		old = memcpy(before, c->first, sizeof(before));
	c->shift = fitting_shift(c, now);
	c->used = 0;
	if (c->shift == 0)
		c->entries = memset(c->first, 0, sizeof(c->first));
	else
		c->entries = xcalloc((size_t)1 << c->shift, sizeof(*old));
	c->is_shown = host_table_begin(&c->table, c->shift);
	for (size_t i = 0; i < room; i++) {
		struct host_entry *e;

		if (is_over(&old[i], now))
			continue;
		e = place(c, old[i].key, now);
		*e = old[i];
		show(c, e);
	}
	if (c->is_shown)
		host_table_show(&c->table, c->shift);
	else if (host_table_begin(&c->table, 0)) /* others see nothing */
		host_table_show(&c->table, 0);
	if (old != before)
		free(old);
}

static struct host_entry *
find_or_place(struct host_counts *c, host_key key, uint32_t now)
{
	struct host_entry *e = find(c, key);

	if (e != NULL)
		return e;
	e = place(c, key, now);
	if (e == NULL) {
		rebuild(c, now);
		e = place(c, key, now);
	}
	*e = (struct host_entry){.key = key};
	return e;
}

void
host_counts_add(struct host_counts *c, host_key key)
{
	uint32_t now = second();
	struct host_entry *e = find_or_place(c, key, now);

	e->count++;
	e->period = period_of(key, now);
	if (is_rate(key))
		host_table_set_time(&c->table, now);
	show(c, e);
}

void
host_counts_drop(struct host_counts *c, host_key key)
{
	struct host_entry *e = find(c, key);

	if (e == NULL || e->count == 0)
		return;
	e->count--;
	show(c, e);
}

/* --- numbers -------------------------------------------------------------- */

static uint64_t
own(const struct host_counts *c, host_key key)
{
	const struct host_entry *e = find(c, key);

	return e == NULL ? 0 : e->count;
}

void
host_counts_read(const struct host_counts *c, const host_key *keys,
		 uint64_t *sums, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sums[i] = own(c, keys[i]);
	host_table_add(&c->table, keys, sums, count);
}

/* A rate is that of dead processes, too: each of them did what it counted. */
uint64_t
host_counts_exact(const struct host_counts *c, host_key key)
{
	uint64_t sum;

	if (!is_rate(key))
		return own(c, key) + host_table_living(&c->table, key);
	host_counts_read(c, &key, &sum, 1);
	return sum;
}

/* --- its life ------------------------------------------------------------- */

/* The rates of the process that had the slot before go on in this second or
 * hour: under CGI each process answers one request. */
static void
inherit(struct host_counts *c)
{
	uint32_t now = second(), then = (uint32_t)host_table_time(&c->table);

	for (unsigned int i = 0; i < HOST_INLINE; i++) {
		uint64_t entry = host_table_line(&c->table, i);
		host_key key = entry >> HOST_COUNT_BITS;
		struct host_entry *e;

		if (!is_rate(key) ||
		    period_of(key, then) != period_of(key, now) ||
		    (entry & HOST_COUNT_MAX) == 0 || find(c, key) != NULL)
			continue;
		e = place(c, key, now);
		*e = (struct host_entry){.key = key,
					 .count = entry & HOST_COUNT_MAX,
					 .period = period_of(key, now)};
	}
}

const char *
host_counts_open(struct host_counts *c, const char *path)
{
	const char *fault;

	memset(c, 0, sizeof(*c));
	fault = host_table_open(&c->table, path);
	c->entries = c->first;
	inherit(c);
	c->is_shown = host_table_begin(&c->table, 0);
	for (size_t i = 0; i < HOST_INLINE; i++)
		if (c->first[i].key != 0)
			show(c, &c->first[i]);
	if (c->is_shown)
		host_table_show(&c->table, 0);
	return fault;
}

/* Leaves the rates of this second and hour; in the line, if they have room
 * there, for the next process. */
void
host_counts_close(struct host_counts *c)
{
	uint32_t now = second();
	bool keep = false;

	for (size_t i = 0; i < room_of(c); i++) {
		struct host_entry *e = &c->entries[i];

		if (is_rate(e->key) && !is_over(e, now)) {
			keep = true;
		} else if (e->key != 0) {
			e->count = 0;
			show(c, e);
		}
	}
	if (keep && c->shift != 0)
		rebuild(c, now);
	host_table_close(&c->table, keep);
	if (c->shift != 0)
		free(c->entries);
	c->entries = NULL;
}

bool
host_counts_are_own(const struct host_counts *c)
{
	return !c->is_shown || host_table_is_lost(&c->table);
}
