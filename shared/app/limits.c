/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/limits.h"

#include <string.h>

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/network.h"
#include "shared/stats/stats.h"

enum {
	RETRY_AFTER = 1, /* s: a rate is that of a second */
	EXACT_MS = 20,	 /* for which an exact sum is good enough */
	MOMENTS = 8,
	ALL = 6 /* limits of a request that would be held */
};

/* Keys that many hold. */
enum shared { WORKER, DESCRIPTORS, PROGRAM, MOMENT, SHARED };

_Static_assert(HOST_COUNT_BITS + 8 * LIMITS_KEY_BYTES == 64,
	       "a key has another size");

/* One limit of a request. */
struct limit {
	const char *setting;
	unsigned int most; /* 0: no limit */
	host_key key;	   /* 0: nothing is counted */
	enum stats_refusal refusal;
};

/* --- what is counted ------------------------------------------------------ */

static host_key
key_of(const struct limits *l, enum host_kind kind, char what, const char *name)
{
	if (name == NULL || name[0] == '\0')
		return 0;
	return host_counts_key(&l->counts, kind, what, name, strlen(name));
}

/* What an address is counted by; it may be exempt. */
struct host {
	bool is_counted;
	uint8_t bytes[NETWORK_HOST_SIZE];
};

static struct host
host_of(const struct limits *l, const char *address)
{
	struct text text = text_of(address);
	struct host host;

	host.is_counted = !network_is_loopback(text) &&
			  !network_listed(l->conf->access_proxies, text) &&
			  network_host(host.bytes, text);
	return host;
}

static host_key
key_of_host(const struct limits *l, enum host_kind kind, char what,
	    const struct host *host)
{
	return host->is_counted
		   ? host_counts_key(&l->counts, kind, what, host->bytes,
				     sizeof(host->bytes))
		   : 0;
}

static host_key
key_of_shared(const struct limits *l, enum shared which)
{
	const struct {
		char what;
		const char *name;
	} keys[SHARED] = {[WORKER] = {'b', "worker"},
			  [DESCRIPTORS] = {'b', "descriptors"},
			  [PROGRAM] = {'f', l->program},
			  [MOMENT] = {'m', "worker"}};

	return key_of(l, HOST_HELD, keys[which].what, keys[which].name);
}

static struct limit
budget_of(const struct limits *l, const struct mark *mark)
{
	switch (mark->takes) {
	case MARK_WORKER:
		return (struct limit){"hold.budget", l->conf->hold_budget,
				      key_of_shared(l, WORKER),
				      STATS_REFUSED_BUDGET};
	case MARK_DESCRIPTORS:
		return (struct limit){"hold.budget_lighttpd",
				      l->conf->hold_budget_lighttpd,
				      key_of_shared(l, DESCRIPTORS),
				      STATS_REFUSED_BUDGET_LIGHTTPD};
	default:
		return (struct limit){0};
	}
}

uint64_t
limits_taken(const struct limits *l, enum mark_takes takes)
{
	host_key key =
	    key_of_shared(l, takes == MARK_WORKER ? WORKER : DESCRIPTORS);
	uint64_t sum;

	host_counts_read(&l->counts, &key, &sum, 1);
	return sum;
}

/* --- what a subscriber holds ---------------------------------------------- */

static host_key
own_key(const struct limits_held *held, size_t i)
{
	host_key key = 0;

	for (size_t byte = 0; byte < LIMITS_KEY_BYTES; byte++)
		key = key << 8 | held->own[i][byte];
	return key;
}

static void
hold_own(struct limits *l, struct limits_held *held, size_t i, host_key key)
{
	host_counts_add(&l->counts, key);
	for (size_t byte = LIMITS_KEY_BYTES; byte-- > 0; key >>= 8)
		held->own[i][byte] = (uint8_t)key;
}

static void
hold_shared(struct limits *l, struct limits_held *held, enum shared which)
{
	host_counts_add(&l->counts, key_of_shared(l, which));
	held->shared |= (uint8_t)(1 << which);
}

unsigned int
limits_held_count(const struct limits_held *held)
{
	unsigned int count = 0;

	for (size_t i = 0; i < LIMITS_OWN; i++)
		count += own_key(held, i) != 0;
	for (unsigned int i = 0; i < SHARED; i++)
		count += held->shared >> i & 1;
	return count;
}

void
limits_leave(struct limits *l, struct limits_held *held)
{
	for (size_t i = 0; i < LIMITS_OWN; i++)
		if (own_key(held, i) != 0)
			host_counts_drop(&l->counts, own_key(held, i));
	for (unsigned int i = 0; i < SHARED; i++)
		if ((held->shared >> i & 1) != 0)
			host_counts_drop(&l->counts,
					 key_of_shared(l, (enum shared)i));
	memset(held, 0, sizeof(*held));
}

/* --- the log -------------------------------------------------------------- */

/* One line a second: anybody can be above a limit as often as he likes. */
static void
log_refusal(struct limits *l, const struct limit *limit, const char *client)
{
	uint64_t second = clock_ms() / 1000;

	if (second == l->second) {
		l->skipped++;
		return;
	}
	log_info("limit",
		 "client=%s skipped=%u reason=\"above %s = %u: not held\"",
		 client, l->skipped, limit->setting, limit->most);
	l->second = second;
	l->skipped = 0;
}

static void
log_own(const char *why)
{
	log_warn("host_table",
		 "reason=\"this process counts for itself alone: %s\"", why);
}

static void
notice_loss(struct limits *l)
{
	uint64_t second = clock_ms() / 1000;

	if (l->is_lost || second == l->looked)
		return;
	l->looked = second; /* it is a system call */
	if (!host_counts_are_own(&l->counts))
		return;
	l->is_lost = true;
	log_own("The table was lost or replaced, or has no room.");
}

/* Its file of the web server is wrong: once is enough. */
static void
notice_bad_mark(struct limits *l, const struct mark *mark)
{
	if (!mark->is_bad || l->is_bad_mark)
		return;
	l->is_bad_mark = true;
	log_warn("bad_budget",
		 "reason=\"PUSH_BUDGET is none of: worker, worker class=N (N "
		 "from 2), descriptors. Its requests count for no budget.\"");
}

/* --- limits --------------------------------------------------------------- */

static bool
is_counted(const struct limit *limit)
{
	return limit->most != 0 && limit->key != 0;
}

/* The first sum may be too high, but is cheap: who asks again and again does
 * not get the exact one each time. */
static bool
is_above(struct limits *l, const struct limit *limit, uint64_t sum)
{
	uint64_t now;

	if (sum < limit->most)
		return false;
	now = clock_ms();
	if (limit->key == l->above && now - l->above_ms < EXACT_MS)
		return true;
	if (host_counts_exact(&l->counts, limit->key) < limit->most)
		return false;
	l->above = limit->key;
	l->above_ms = now;
	return true;
}

/* Of the limits of a client. */
static void
note_peak(struct limits *l, const struct limit *limit, uint64_t used)
{
	unsigned int i = limit->refusal - STATS_REFUSED_ADDRESS_HELD;

	if (i < LIMITS_PEAKS && used > l->peaks[i])
		l->peaks[i] = used < limit->most ? used : limit->most;
}

/* The first that the request is above, or NULL. */
static const struct limit *
find_above(struct limits *l, const struct limit *limits, size_t count)
{
	host_key keys[ALL];
	uint64_t sums[ALL];
	size_t at[ALL], asked = 0;

	for (size_t i = 0; i < count; i++)
		if (is_counted(&limits[i])) {
			keys[asked] = limits[i].key;
			at[asked++] = i;
		}
	if (asked == 0)
		return NULL;
	host_counts_read(&l->counts, keys, sums, asked);
	for (size_t i = 0; i < asked; i++)
		note_peak(l, &limits[at[i]], sums[i] + 1);
	for (size_t i = 0; i < asked; i++)
		if (is_above(l, &limits[at[i]], sums[i]))
			return &limits[at[i]];
	return NULL;
}

/* Those that are not held take a worker for a moment, and can be many: an
 * eighth of the budget may. With mod_fcgid they are few anyway. */
static void
take_moment(struct limits *l, struct limits_held *held,
	    const struct client_id *client)
{
	unsigned int budget = l->conf->hold_budget;
	host_key key = key_of_shared(l, MOMENT);
	uint64_t sum;

	if (client->mark.takes != MARK_WORKER || client->mark.class > 0 ||
	    budget == 0)
		return;
	host_counts_read(&l->counts, &key, &sum, 1);
	held->hurries = sum > budget / MOMENTS;
	if (!held->hurries)
		hold_shared(l, held, MOMENT);
}

bool
limits_hold(struct limits *l, struct limits_held *held,
	    const struct client_id *client, const char *user)
{
	enum { BUDGET, CLASS, OWN, CONNECTS = OWN + LIMITS_OWN };
	const struct host host = host_of(l, client->address);
	const struct conf *conf = l->conf;
	const struct mark *mark = &client->mark;
	const struct limit limits[ALL] = {
	    [BUDGET] = budget_of(l, mark),
	    [CLASS] = {"3/4 of class", mark->class * 3 / 4,
		       mark->class > 0 ? key_of_shared(l, PROGRAM) : 0,
		       STATS_REFUSED_CLASS},
	    [OWN] = {"limit.address_held", conf->limit_address_held,
		     key_of_host(l, HOST_HELD, 'a', &host),
		     STATS_REFUSED_ADDRESS_HELD},
	    {"limit.user_held", conf->limit_user_held,
	     key_of(l, HOST_HELD, 'u', user), STATS_REFUSED_USER_HELD},
	    {"limit.connection_held", conf->limit_connection_held,
	     key_of(l, HOST_HELD, 'c', client->connection),
	     STATS_REFUSED_CONNECTION_HELD},
	    [CONNECTS] = {"limit.address_connects",
			  conf->limit_address_connects,
			  key_of_host(l, HOST_RATE, 'a', &host),
			  STATS_REFUSED_ADDRESS_CONNECTS}};
	const struct limit *above;

	memset(held, 0, sizeof(*held));
	notice_loss(l);
	notice_bad_mark(l, mark);
	above = find_above(l, limits, ALL);
	if (above != NULL) {
		stats_refused(above->refusal);
		log_refusal(l, above, client->address);
		take_moment(l, held, client);
		return false;
	}
	if (is_counted(&limits[BUDGET]))
		hold_shared(l, held,
			    mark->takes == MARK_WORKER ? WORKER : DESCRIPTORS);
	if (is_counted(&limits[CLASS]))
		hold_shared(l, held, PROGRAM);
	for (size_t i = 0; i < LIMITS_OWN; i++)
		if (is_counted(&limits[OWN + i]))
			hold_own(l, held, i, limits[OWN + i].key);
	if (is_counted(&limits[CONNECTS]))
		host_counts_add(&l->counts, limits[CONNECTS].key);
	return true;
}

/* A token is counted wherever it is used; without one, the address. What is
 * signed in it is counted: a signature can be written in several ways. The
 * signature of a URL is not counted: where anybody may publish, nobody has
 * checked it. */
static host_key
key_of_publisher(const struct limits *l, enum host_kind kind,
		 const char *address, const struct credentials *c)
{
	struct host host;
	const char *end;

	if (c->token == NULL) {
		host = host_of(l, address);
		return key_of_host(l, kind, 'p', &host);
	}
	end = strrchr(c->bearer, '.');
	return host_counts_key(&l->counts, kind, 't', c->bearer,
			       end != NULL ? (size_t)(end - c->bearer)
					   : strlen(c->bearer));
}

bool
limits_publish(struct limits *l, const char *address,
	       const struct credentials *credentials, struct problem *p)
{
	const struct limit limit = {
	    "limit.publish_rate", l->conf->limit_publish_rate,
	    key_of_publisher(l, HOST_RATE, address, credentials),
	    STATS_REFUSED_PUBLISH_RATE};

	if (!is_counted(&limit))
		return true;
	notice_loss(l);
	if (find_above(l, &limit, 1) == NULL) {
		host_counts_add(&l->counts, limit.key);
		return true;
	}
	stats_refused(limit.refusal);
	problem_set(p, 429,
		    "More than %u publications in a second "
		    "(limit.publish_rate); it was not published.",
		    limit.most);
	p->retry_after = RETRY_AFTER;
	p->stored = "false";
	return false;
}

struct limits_creator
limits_creator(struct limits *l, const char *address,
	       const struct credentials *credentials)
{
	const struct limit limit = {
	    "limit.new_channels", l->conf->limit_new_channels,
	    key_of_publisher(l, HOST_HOUR, address, credentials),
	    STATS_REFUSED_NEW_CHANNELS};

	if (!is_counted(&limit))
		return (struct limits_creator){.may = true};
	notice_loss(l);
	return (struct limits_creator){.key = limit.key,
				       .may = find_above(l, &limit, 1) == NULL};
}

void
limits_created(struct limits *l, const struct limits_creator *creator,
	       const struct publish_result *result)
{
	if (result->new_channel && result->status == PUBLISHED_NOT_STORED)
		stats_refused(STATS_REFUSED_NEW_CHANNELS);
	if (creator->key != 0 && result->new_channel &&
	    result->status != PUBLISHED_NOT_STORED)
		host_counts_add(&l->counts, creator->key);
}

/* --- its life ------------------------------------------------------------- */

void
limits_open(struct limits *l, const struct conf *conf, const char *program)
{
	const char *fault;

	*l = (struct limits){.conf = conf, .program = program, .is_open = true};
	fault = host_counts_open(&l->counts, conf->limit_table);
	if (fault == NULL)
		return;
	l->is_lost = true;
	if (conf->limit_table[0] == '\0')
		return;
	log_warn("host_table",
		 "path=%s reason=\"this process counts for itself alone: %s\"",
		 conf->limit_table, fault);
}

void
limits_close(struct limits *l)
{
	if (l->is_open)
		host_counts_close(&l->counts);
	l->is_open = false;
}
