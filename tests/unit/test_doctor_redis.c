/* SPDX-License-Identifier: MIT */
/* commands/doctor/redis.c: what the facts of a Redis mean */
#include "config.h"

#include "commands/doctor/redis.h"
#include "commands/doctor/sentinels.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/doctor_want.h"
#include "tests/unit/suite.h"

#define INFO                                                                   \
	"# Server\r\nredis_version:7.0.15\r\nconfig_file:/etc/redis.conf\r\n"  \
	"connected_clients:3\r\nmaxclients:10000\r\nused_memory:1000000\r\n"   \
	"maxmemory_policy:noeviction\r\naof_enabled:1\r\nrole:master\r\n"      \
	"connected_slaves:0\r\ncluster_enabled:0\r\n"

/* Of a Redis with which nothing is wrong; `more` comes first. */
static void
judge(const char *settings, const char *more,
      void (*change)(struct redis_facts *))
{
	static char info[4096];
	struct redis_facts f = {
	    .info = info,
	    .config_known = true,
	    .appendonly = "yes",
	    .output_limit = "normal 0 0 0 slave 268435456 67108864 60 pubsub "
			    "33554432 8388608 60",
	    .protected_mode = "yes",
	    .bind = "127.0.0.1 -::1",
	    .min_replicas = "0",
	    .ping_ms = .1,
	    .ping_max_ms = .2,
	    .clock_known = true,
	};

	snprintf(info, sizeof(info), "%s%s", more, INFO);
	if (change != NULL)
		change(&f);
	redis_judge(want_doctor(settings), &f);
}

TEST(nothing_is_wrong_with_a_good_redis)
{
	judge("", "", NULL);
	want_nothing_wrong();
	want_found(FINDING_OK, "Redis 7.0.15 answers within 0.2 ms.");
}

/* What INFO says, and what it means. */
TEST(each_fault_that_info_shows)
{
	static const struct {
		const char *settings, *info;
		enum finding_level level;
		const char *words;
	} all[] = {
	    {"", "redis_version:6.0.16\r\n", FINDING_ERROR, "needs 6.2"},
	    {"", "maxmemory:1000000000\r\nmaxmemory_policy:allkeys-lru\r\n",
	     FINDING_ERROR, "maxmemory-policy noeviction"},
	    {"", "maxmemory:1000000000\r\nmaxmemory_policy:volatile-ttl\r\n",
	     FINDING_ERROR, "deletes channels in silence"},
	    {"", "maxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\n",
	     FINDING_WARNING, "as soon as it gets a maxmemory"},
	    {"", "maxmemory:1048576000\r\nused_memory:996147200\r\n",
	     FINDING_WARNING, "used 950 MB of its maxmemory, 1000 MB"},
	    {"", "aof_last_write_status:err\r\n", FINDING_ERROR,
	     "append-only file"},
	    {"", "rdb_last_bgsave_status:err\r\n", FINDING_ERROR,
	     "could not save"},
	    {"", "connected_clients:9500\r\n", FINDING_WARNING,
	     "9500 of 10000 connections"},
	    {"", "aof_enabled:0\r\n", FINDING_WARNING, "appendonly yes"},
	    {"", "role:slave\r\n", FINDING_ERROR, "is a replica"},
	    {"", "cluster_enabled:1\r\n", FINDING_ERROR, "Redis Cluster"},
	    {"[publish]\nwait_replicas = 2\n", "connected_slaves:1\r\n",
	     FINDING_ERROR, "the master has 1:"},
	    {"[bus]\nurl = redis://10.0.0.1\n", "", FINDING_ERROR,
	     "asks for no password"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		judge(all[i].settings, all[i].info, NULL);
		want_only(all[i].level, all[i].words);
	}
}

TEST(lines_belong_into_the_file_of_redis_if_it_is_on_this_machine)
{
	judge("", "cluster_enabled:0\r\naof_enabled:0\r\n", NULL);
	want_file("appendonly yes", "/etc/redis.conf");
	judge("[bus]\nurl = redis://:secret@10.0.0.1\n", "aof_enabled:0\r\n",
	      NULL);
	want_file("appendonly yes", "redis.conf");
}

TEST(replicas_that_the_master_may_lose)
{
	judge("", "connected_slaves:1\r\n", NULL);
	want_nothing_wrong();
	want_found(FINDING_NOTE, "min-replicas-to-write 1");
}

/* --- what CONFIG GET says ------------------------------------------------- */

static void
short_buffers(struct redis_facts *f)
{
	strcpy(f->output_limit, "normal 0 0 0 pubsub 1048576 0 0");
}

static void
short_buffers_for_a_minute(struct redis_facts *f)
{
	strcpy(f->output_limit, "normal 0 0 0 pubsub 33554432 65536 60");
}

static void
endless_buffers(struct redis_facts *f)
{
	strcpy(f->output_limit, "normal 0 0 0 pubsub 0 0 0");
}

TEST(output_buffers_that_are_too_short)
{
	judge("", "", short_buffers);
	want_only(FINDING_ERROR, "a program that is 1048576 bytes behind");
	judge("", "", short_buffers_for_a_minute);
	want_only(FINDING_ERROR, "a program that is 65536 bytes behind");
	judge("", "", endless_buffers);
	want_nothing_wrong();
}

static void
open_to_all(struct redis_facts *f)
{
	strcpy(f->bind, "* -::*");
	strcpy(f->protected_mode, "no");
}

static void
open_with_a_password(struct redis_facts *f)
{
	open_to_all(f);
	strcpy(f->requirepass, "x");
}

static void protected(struct redis_facts *f)
{
	strcpy(f->bind, "");
}

TEST(a_redis_that_everybody_can_reach)
{
	judge("", "", open_to_all);
	want_only(FINDING_ERROR, "protected-mode yes");
	judge("", "", open_with_a_password);
	want_nothing_wrong();
	judge("", "", protected);
	want_nothing_wrong();
}

static void
config_forbidden(struct redis_facts *f)
{
	f->config_known = false;
	f->output_limit[0] = f->protected_mode[0] = f->bind[0] = '\0';
	f->min_replicas[0] = '\0';
}

TEST(a_user_who_may_not_read_the_configuration)
{
	judge("[bus]\nurl = redis://push:secret@127.0.0.1\n",
	      "aof_enabled:0\r\n", config_forbidden);
	want_nothing_wrong();
	want_found(FINDING_NOTE, "The user push may not read");
	want_found(FINDING_NOTE, "appendonly yes");
}

/* --- rights, time --------------------------------------------------------- */

static void
commands_forbidden(struct redis_facts *f)
{
	strcpy(f->forbidden, "XADD XTRIM");
}

static void
keys_forbidden(struct redis_facts *f)
{
	strcpy(f->forbidden, "EVAL");
	f->keys_forbidden = true;
}

TEST(rights_that_are_missing)
{
	judge("[bus]\nurl = redis://push:secret@127.0.0.1\n", "",
	      commands_forbidden);
	want_only(FINDING_ERROR, "redis-cli ACL SETUSER push +xadd +xtrim");
	judge("[bus]\nprefix = shop\n", "", keys_forbidden);
	want_only(FINDING_ERROR, "redis-cli ACL SETUSER default '~shop:*'");
}

static void
slow(struct redis_facts *f)
{
	f->ping_ms = 80.;
	f->ping_max_ms = 90.;
}

static void
slow_once(struct redis_facts *f)
{
	f->ping_max_ms = 90.;
}

static void
behind(struct redis_facts *f)
{
	f->clock_ahead = -12.;
}

static void
nothing_known(struct redis_facts *f)
{
	*f = (struct redis_facts){0};
}

TEST(a_redis_that_is_slow)
{
	judge("", "", slow);
	want_only(FINDING_WARNING, "after 80 ms at best");
	judge("", "", slow_once);
	want_nothing_wrong();
}

TEST(clocks_that_differ)
{
	judge("", "", behind);
	want_only(FINDING_WARNING, "is 12.0 s behind this one");
}

TEST(a_redis_that_tells_nothing)
{
	judge("", "", nothing_known);
	want_nothing_wrong();
}

TEST(a_redis_that_cannot_be_reached)
{
	static const struct {
		const char *settings, *fault, *line;
	} all[] = {
	    {"", "127.0.0.1:6379: Connection refused",
	     "systemctl enable --now"},
	    {"[bus]\nurl = unix:///r.sock\n", "/r.sock: Permission denied",
	     "adduser www-data redis"},
	    {"", "127.0.0.1:6379: NOAUTH Authentication required",
	     "url = redis:"},
	    {"[bus]\nsentinel = s\nmaster = m\n", "s:26379: Connection refused",
	     "Redis cannot be reached: s:26379: "},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		redis_judge_fault(want_doctor(all[i].settings), all[i].fault);
		want_only(FINDING_ERROR, all[i].fault);
		want_only(FINDING_ERROR, all[i].line);
	}
	want_not_found("redis-server");
}

TEST(a_redis_that_makes_no_unix_socket)
{
	redis_judge_fault(want_doctor("[bus]\nurl = unix:///r.sock\n"),
			  "/r.sock: No such file or directory");
	want_only(FINDING_ERROR, "systemctl enable --now redis-server");
	want_found(FINDING_NOTE, "unixsocket /r.sock");
}

/* --- Sentinels ------------------------------------------------------------ */

static const struct sentinel_answer at_a = {"s1:26379", "a:6379/0", ""},
				    also_a = {"s2:26379", "a:6379/0", ""},
				    at_b = {"s3:26379", "b:6379/0", ""},
				    away = {"s4:26379", "", "s4: timeout"};

static void
judge_sentinels(struct sentinel_answer one, struct sentinel_answer two)
{
	const struct sentinel_answer answers[] = {one, also_a, two};

	sentinels_judge(want_doctor(""), answers, 3);
}

TEST(sentinels_that_agree_and_that_do_not)
{
	judge_sentinels(at_a, at_a);
	want_nothing_wrong();
	judge_sentinels(at_a, at_b);
	want_only(FINDING_ERROR, "s3:26379 says b:6379/0");
	judge_sentinels(away, at_a);
	want_only(FINDING_WARNING, "s4:26379 names no master");
	sentinels_judge(want_doctor(""), &away, 1);
	want_only(FINDING_ERROR, "s4: timeout");
}
