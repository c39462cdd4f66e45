/* SPDX-License-Identifier: MIT */
/* commands/doctor/settings.c: settings that do not go together */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/doctor/files.h"
#include "commands/doctor/settings.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_set.h"
#include "shared/conf/conf_text.h"
#include "tests/unit/suite.h"

static struct conf conf;
static struct doctor doctor;
static char *said;

/* The settings of `text`, which are right. */
static void
check_with(const struct doctor_check *checks, const char *text)
{
	char error[CONF_ERROR_SIZE];
	size_t len;

	free(said);
	conf_free(&conf);
	conf_init(&conf);
	ck_assert_msg(conf_read_text(&conf, "f", text, error), "%s", error);
	conf.file = "f";
	doctor =
	    (struct doctor){.conf = &conf, .out = open_memstream(&said, &len)};
	doctor_run(&doctor, checks);
	fclose(doctor.out);
}

/* One warning, which has these words, and no error. */
static void
assert_warned(const char *text, const char *words)
{
	const char *warning;

	check_with(doctor_settings, text);
	ck_assert_uint_eq(doctor.errors, 0);
	ck_assert_msg(doctor.warnings == 1, "%s", said);
	warning = strstr(said, "warning: ");
	ck_assert_ptr_nonnull(warning);
	ck_assert_msg(strstr(warning, words) != NULL, "%s", said);
}

static void
assert_not_warned(const char *text)
{
	check_with(doctor_settings, text);
	ck_assert_msg(doctor.errors + doctor.warnings == 0, "%s", said);
}

TEST(the_defaults_go_together)
{
	assert_not_warned("");
	ck_assert_ptr_nonnull(strstr(said, "note: Whoever knows the name"));
	ck_assert_ptr_nonnull(strstr(said, "note: Nobody may publish over "));
}

TEST(a_beat_above_the_timeouts_of_web_servers)
{
	assert_not_warned("[hold]\nbeat = 29\n");
	assert_warned("[hold]\nbeat = 30\n", "60 s after which Apache closes");
	assert_warned("[hold]\nbeat = 90\n", "silent for 90 s");
}

TEST(a_wait_above_the_timeouts_of_web_servers)
{
	assert_not_warned("[hold]\nwait = 89\n");
	assert_warned("[hold]\nwait = 90\n", "hold.wait = 90: Apache ends");
}

TEST(a_drain_above_that_of_systemd)
{
	assert_not_warned("[hold]\ndrain = 14\n");
	assert_warned("[hold]\ndrain = 15\n", "hold.drain = 15: systemd kills");
}

TEST(an_age_below_the_first_heartbeat)
{
	assert_not_warned("[hold]\nmax_age = 16\n");
	assert_warned("[hold]\nmax_age = 15\n", "before their first heartbeat");
}

TEST(a_query_above_the_head)
{
	assert_not_warned("[request]\nmax_query = 65536\n");
	assert_warned("[request]\nmax_query = 65537\n", "request.max_head");
}

TEST(a_backlog_above_the_memory)
{
	assert_warned("[hold]\nmax_backlog = 268435456\n",
		      "hold.max_backlog = 268435456: one slow subscriber");
}

TEST(a_memory_below_one_response)
{
	assert_not_warned("[hold]\nmax_memory = 1572864\n");
	assert_warned("[hold]\nmax_memory = 1572863\n", "1572864 bytes long");
	assert_warned("[hold]\nmax_memory = 6291455\n"
		      "[message]\nmax_bytes = 1048576\n",
		      "6291456 bytes long");
}

TEST(tokens_without_a_key)
{
	assert_warned("[access]\nsubscribe = token\n",
		      "Nobody can subscribe with a token");
	assert_warned("[channel \"a\"]\nsubscribe = user token\n",
		      "Nobody can subscribe with a token");
	assert_not_warned("[access]\nsubscribe = token\n"
			  "jwks_file = /a\n");
	assert_not_warned("[access]\nsubscribe = token\n"
			  "secret_file = /a\n");
}

TEST(redirects_and_their_scripts)
{
	assert_warned("[access]\nsubscribe = redirect\n", "names no script");
	assert_warned("[access]\nredirect_from = /a.pl\n", "has no effect");
	assert_not_warned("[access]\nredirect_from = /a.pl\n"
			  "[channel \"a\"]\nsubscribe = redirect\n");
}

TEST(claims_without_a_key)
{
	assert_warned("[access]\njwt_issuer = me\n", "no effect without a key");
	assert_not_warned("[access]\njwt_issuer = me\njwks_file = /a\n");
}

TEST(tls_files_without_tls)
{
	assert_warned("[bus]\ntls_ca = /a\n", "rediss://");
	assert_warned("[bus]\nurl = rediss://h\ntls_key = /a\n",
		      "bus.tls_key has no effect without");
	assert_not_warned("[bus]\nurl = rediss://h\ntls_key = /a\n"
			  "tls_cert = /b\n");
}

TEST(a_password_of_sentinels_without_sentinels)
{
	assert_warned("[bus]\nsentinel_password_file = /a\n",
		      "no effect without bus.sentinel");
}

TEST(a_section_after_one_that_covers_it)
{
	assert_warned("[channel \"orders-*\"]\nretain = last\n"
		      "[channel \"orders-eu-*\"]\nretain = none\n",
		      "f:3: [channel \"orders-eu-*\"] never applies: [channel "
		      "\"orders-*\"] on line 1 ");
	assert_warned("[channel \"*\"]\n[channel \"a\"]\n",
		      "f:2: [channel \"a\"] never applies");
	assert_not_warned("[channel \"orders-eu-*\"]\n[channel \"orders-1\"]\n"
			  "[channel \"orders-*\"]\n[channel \"order\"]\n");
}

TEST(who_may_do_what_is_noted)
{
	assert_not_warned("[access]\nsubscribe = user\n");
	ck_assert_ptr_null(strstr(said, "note: Whoever"));
	assert_not_warned("[channel \"a\"]\npublish = any\n");
	ck_assert_ptr_nonnull(strstr(said, "note: Everybody may publish"));
	ck_assert_ptr_null(strstr(said, "note: Nobody"));
}

TEST(a_secret_and_its_file)
{
	check_with(doctor_files, "[access]\n"
				 "secret = 0123456789abcdef0123456789abcdef\n"
				 "secret_file = /nonexistent\n");
	ck_assert_uint_eq(doctor.errors, 0);
	ck_assert_ptr_nonnull(strstr(said, "access.secret_file is not used, "
					   "because access.secret is set."));
}

TEST(errors_and_warnings_are_counted)
{
	size_t len;

	doctor = (struct doctor){.out = open_memstream(&said, &len)};
	doctor_error(&doctor, "Number %d.", 1);
	doctor_remedy(&doctor, "mend %s", "it");
	doctor_warn(&doctor, "Number %d.", 2);
	doctor_warn(&doctor, "Number %d.", 3);
	doctor_note(&doctor, "Number %d.", 4);
	doctor_sum_up(&doctor);
	fclose(doctor.out);
	ck_assert_str_eq(said, "error: Number 1.\n\tmend it\n"
			       "warning: Number 2.\nwarning: Number 3.\n"
			       "note: Number 4.\n1 error, 2 warnings.\n");
}
