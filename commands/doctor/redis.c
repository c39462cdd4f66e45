/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/redis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/doctor/redis_access.h"
#include "commands/doctor/redis_ask.h"
#include "commands/doctor/redis_place.h"
#include "commands/doctor/round_trip.h"
#include "commands/doctor/versions.h"
#include "shared/conf/conf.h"

enum {
	MIB = 1024 * 1024,
	/* Of one program on the subscribed connection: Redis' own default is 32
	 * MB and 8 MB for 60 s. */
	OUTPUT_LEAST = 8 * MIB,
	CLIENTS_FULL = 90, /* % of maxclients */
	MEMORY_FULL = 90   /* % of maxmemory */
};

static const double PING_SLOW_MS = 50., CLOCK_APART_S = 2.;

/* --- reached -------------------------------------------------------------- */

/* A unix socket that this user may not use. */
static void
closed_socket(struct doctor *d)
{
	static const char unit[] =
	    "/etc/systemd/system/pushcgi@.service.d/redis.conf";

	doctor_remedy(d, "adduser www-data redis");
	doctor_note(d, "Programs that systemd starts are another user. For "
		       "them:");
	doctor_paste(d, unit, "[Service]");
	doctor_paste(d, unit, "SupplementaryGroups=redis");
}

static void
no_server(struct doctor *d)
{
	const char *path = d->conf->redis.path;

	doctor_remedy(d, "systemctl enable --now redis-server");
	if (path[0] == '\0')
		return;
	doctor_note(d, "Redis makes its unix socket only if it is told so:");
	doctor_paste(d, "/etc/redis/redis.conf", "unixsocket %s", path);
	doctor_paste(d, "/etc/redis/redis.conf", "unixsocketperm 770");
}

void
redis_judge_fault(struct doctor *d, const char *fault)
{
	size_t len = strlen(fault);

	doctor_error(d, "Redis cannot be reached: %.*s.",
		     (int)(len > 0 && fault[len - 1] == '.' ? len - 1 : len),
		     fault);
	if (d->conf->sentinel.count > 0)
		return; /* sentinels.c says which of them is away */
	if (strstr(fault, "Permission denied") != NULL)
		closed_socket(d);
	else if (strstr(fault, "refused") != NULL ||
		 strstr(fault, "No such file") != NULL)
		no_server(d);
	else if (strstr(fault, "NOAUTH") != NULL ||
		 strstr(fault, "WRONGPASS") != NULL)
		doctor_paste(d, doctor_settings_file(d),
			     "url = redis://USER:PASSWORD@HOST:6379/0");
}

/* --- what it is ----------------------------------------------------------- */

static void
version(struct doctor *d, const struct redis_facts *f)
{
	char text[REDIS_FACT_SIZE], valkey[REDIS_FACT_SIZE];
	int major = 0, minor = 0;

	if (!redis_facts_info(f, "redis_version", text) ||
	    sscanf(text, "%d.%d", &major, &minor) != 2)
		return;
	if (major < 6 || (major == 6 && minor < 2))
		doctor_error(d,
			     "This is Redis %s; pushcgi needs 6.2 or newer, or "
			     "Valkey.",
			     text);
	else if (redis_facts_info(f, "valkey_version", valkey))
		version_judge(d, "Valkey", valkey);
	else
		version_judge(d, "Redis", text);
}

static void
latency(struct doctor *d, const struct redis_facts *f)
{
	if (f->ping_ms > PING_SLOW_MS)
		doctor_warn(d,
			    "Redis answers after %.0f ms at best, %.0f ms at "
			    "worst, and each message waits for it. Place it in "
			    "the same network; if it is there, see redis-cli "
			    "--latency and SLOWLOG GET.",
			    f->ping_ms, f->ping_max_ms);
	else if (f->ping_max_ms > PING_SLOW_MS)
		doctor_note(d,
			    "Redis answers after %.1f ms, but once after %.0f "
			    "ms. If that goes on, see redis-cli --latency and "
			    "SLOWLOG GET.",
			    f->ping_ms, f->ping_max_ms);
}

static void
clocks(struct doctor *d, const struct redis_facts *f)
{
	double apart = f->clock_ahead < 0 ? -f->clock_ahead : f->clock_ahead;

	if (!f->clock_known || apart < CLOCK_APART_S)
		return;
	doctor_warn(d,
		    "The clock of Redis is %.1f s %s this one. The ids of "
		    "messages and their age (history.ttl) follow Redis, the "
		    "end of tokens and signed URLs follows this machine. On "
		    "both:",
		    apart, f->clock_ahead > 0 ? "ahead of" : "behind");
	doctor_remedy(d, "timedatectl set-ntp true");
}

/* --- what it keeps -------------------------------------------------------- */

static void
eviction(struct doctor *d, const struct redis_facts *f)
{
	char policy[REDIS_FACT_SIZE];
	bool bounded = redis_facts_number(f, "maxmemory") > 0;

	if (!redis_facts_info(f, "maxmemory_policy", policy) ||
	    strcmp(policy, "noeviction") == 0)
		return;
	if (bounded)
		doctor_error(d,
			     "maxmemory-policy of Redis is %s: when it is full "
			     "it deletes channels in silence, and subscribers "
			     "miss messages.",
			     policy);
	else
		doctor_warn(d,
			    "maxmemory-policy of Redis is %s: as soon as it "
			    "gets a maxmemory, it will delete channels in "
			    "silence when it is full.",
			    policy);
	redis_paste(d, f, "maxmemory-policy noeviction");
}

static void
memory(struct doctor *d, const struct redis_facts *f)
{
	unsigned long long max = redis_facts_number(f, "maxmemory");
	unsigned long long used = redis_facts_number(f, "used_memory");

	if (max == 0 || used / MEMORY_FULL < max / 100)
		return;
	doctor_warn(d,
		    "Redis has used %llu MB of its maxmemory, %llu MB. When it "
		    "is full it refuses messages. Raise maxmemory, or keep "
		    "less: history.length, history.ttl.",
		    used / MIB, max / MIB);
}

static bool
is_err(const struct redis_facts *f, const char *name)
{
	char status[REDIS_FACT_SIZE];

	return redis_facts_info(f, name, status) && strcmp(status, "err") == 0;
}

static void
failed_writes(struct doctor *d, const struct redis_facts *f)
{
	if (is_err(f, "aof_last_write_status"))
		doctor_error(d, "Redis could not write its append-only file "
				"the last time, and refuses messages. Its log "
				"says why; mostly the disk is full:");
	else if (is_err(f, "rdb_last_bgsave_status"))
		doctor_error(d, "Redis could not save the last time, and "
				"refuses messages "
				"(stop-writes-on-bgsave-error). Its log says "
				"why; mostly the disk is full:");
	else
		return;
	doctor_remedy(d, "df -h; journalctl -u redis-server -n 50");
}

static void
persistence(struct doctor *d, const struct redis_facts *f)
{
	if (redis_facts_number(f, "aof_enabled") == 1 || f->info == NULL)
		return;
	if (f->config_known && f->save[0] == '\0')
		doctor_warn(d, "Redis writes nothing to disk: when it is "
			       "restarted, all channels are empty. To keep "
			       "them:");
	else
		doctor_note(d, "Redis saves snapshots only: after a crash, "
			       "what came after the last one is gone. To lose "
			       "about a second at most:");
	redis_paste(d, f, "appendonly yes");
}

/* --- how many, how much --------------------------------------------------- */

/* Of "normal 0 0 0 slave … pubsub HARD SOFT SECONDS". */
static bool
pubsub_limit(const char *limits, unsigned long long *hard,
	     unsigned long long *soft, unsigned long long *s)
{
	const char *at = strstr(limits, "pubsub ");

	return at != NULL &&
	       sscanf(at, "pubsub %llu %llu %llu", hard, soft, s) == 3;
}

static void
output_limit(struct doctor *d, const struct redis_facts *f)
{
	unsigned long long hard, soft, s;

	if (!pubsub_limit(f->output_limit, &hard, &soft, &s))
		return;
	if ((hard == 0 || hard >= OUTPUT_LEAST) &&
	    (soft == 0 || soft >= OUTPUT_LEAST / 8))
		return;
	doctor_error(d,
		     "client-output-buffer-limit of Redis is pubsub %llu %llu "
		     "%llu: Redis disconnects a program that is %llu bytes "
		     "behind, and a burst of messages is that long. The "
		     "programs then read them from history, again and again.",
		     hard, soft, s,
		     soft > 0 && (soft < hard || hard == 0) ? soft : hard);
	redis_paste(d, f, "client-output-buffer-limit pubsub 32mb 8mb 60");
}

static void
clients(struct doctor *d, const struct redis_facts *f)
{
	unsigned long long now = redis_facts_number(f, "connected_clients");
	unsigned long long max = redis_facts_number(f, "maxclients");

	if (max == 0 || now * 100 < max * CLIENTS_FULL)
		return;
	doctor_warn(d,
		    "%llu of %llu connections to Redis are used (maxclients). "
		    "Each program of pushcgi needs two, and under mod_fcgid "
		    "each subscriber is a program.",
		    now, max);
	redis_paste(d, f, "maxclients 20000");
}

/* --- more than one -------------------------------------------------------- */

static void
replication(struct doctor *d, const struct redis_facts *f)
{
	unsigned long long replicas = redis_facts_number(f, "connected_slaves");
	unsigned int wanted = d->conf->publish_wait_replicas;
	char role[REDIS_FACT_SIZE];

	if (!redis_facts_info(f, "role", role))
		return;
	if (strcmp(role, "slave") == 0) {
		doctor_error(d, "This Redis is a replica: it stores no "
				"messages. Name the master in bus.url, or use "
				"Sentinel:");
		doctor_paste(d, doctor_settings_file(d),
			     "sentinel = HOST:26379");
		return;
	}
	if (wanted > replicas)
		doctor_error(d,
			     "publish.wait_replicas is %u, and the master has "
			     "%llu: each publication waits for publish.wait_ms "
			     "and is not confirmed. Start the others, or write "
			     "publish.wait_replicas = %llu.",
			     wanted, replicas, replicas);
	if (replicas > 0 && strcmp(f->min_replicas, "0") == 0) {
		doctor_note(d,
			    "The master takes messages also when it has "
			    "lost all its replicas; these messages are gone "
			    "when another becomes the master. Against that:");
		redis_paste(d, f, "min-replicas-to-write 1");
		redis_paste(d, f, "min-replicas-max-lag 10");
	}
}

static void
cluster(struct doctor *d, const struct redis_facts *f)
{
	if (redis_facts_number(f, "cluster_enabled") == 1)
		doctor_error(d, "This is a node of a Redis Cluster: it answers "
				"MOVED for most channels, and pushcgi does not "
				"follow. Use one Redis, with replicas and "
				"Sentinel if you need them.");
}

/* --- all ------------------------------------------------------------------ */

static void
sum_up(struct doctor *d, const struct redis_facts *f)
{
	char text[REDIS_FACT_SIZE];

	if (!redis_facts_info(f, "valkey_version", text) &&
	    !redis_facts_info(f, "redis_version", text))
		strcpy(text, "(version unknown)");
	doctor_ok(d, "%s %s answers within %.1f ms.",
		  f->info != NULL && strstr(f->info, "valkey_version:") != NULL
		      ? "Valkey"
		      : "Redis",
		  text, f->ping_ms + .1);
	if (!f->config_known)
		doctor_note(d,
			    "The user %s may not read the configuration of "
			    "Redis, so its output buffers and its addresses "
			    "were not looked at. As an administrator of Redis:",
			    redis_user(d->conf));
	else
		return;
	doctor_remedy(d, "redis-cli CONFIG GET client-output-buffer-limit; "
			 "redis-cli CONFIG GET protected-mode");
}

void
redis_judge(struct doctor *d, const struct redis_facts *f)
{
	static void (*const judges[])(struct doctor *,
				      const struct redis_facts *) = {
	    sum_up,
	    version,
	    persistence,
	    eviction,
	    memory,
	    clients,
	    output_limit,
	    failed_writes,
	    redis_judge_exposure,
	    redis_judge_rights,
	    replication,
	    cluster,
	    latency,
	    clocks,
	};

	for (size_t i = 0; i < sizeof(judges) / sizeof(*judges); i++)
		judges[i](d, f);
}

static void
ask(struct doctor *d)
{
	char fault[REDIS_REASON_SIZE] = "";
	struct redis_ask *a;
	struct redis_facts f;

	doctor_progress(d, "asking Redis");
	a = redis_ask_open(d->conf, fault);
	if (a == NULL) {
		redis_judge_fault(d, fault);
		return;
	}
	redis_facts_read(&f, a, d->conf);
	redis_ask_close(a);
	redis_judge(d, &f);
	redis_facts_free(&f);
	round_trip(d);
}

const struct doctor_check doctor_redis[] = {
    {"Redis", ask},
    {NULL, NULL},
};
