/* SPDX-License-Identifier: MIT */
/* commands/doctor/settings.c: settings that do not go together */
#include "config.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands/doctor/files.h"
#include "commands/doctor/report.h"
#include "commands/doctor/settings.h"
#include "tests/unit/doctor_want.h"
#include "tests/unit/suite.h"

static void
assert_warned(const char *text, const char *words)
{
	want_checked(doctor_settings, text);
	want_only(FINDING_WARNING, words);
}

static void
assert_not_warned(const char *text)
{
	want_checked(doctor_settings, text);
	want_nothing_wrong();
}

TEST(the_defaults_go_together)
{
	assert_not_warned("");
	want_found(FINDING_NOTE, "Whoever knows the name");
	want_found(FINDING_NOTE, "Nobody may publish over ");
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
	want_not_found("Whoever");
	assert_not_warned("[channel \"a\"]\npublish = any\n");
	want_found(FINDING_NOTE, "Everybody may publish");
	want_not_found("Nobody");
}

TEST(a_secret_and_its_file)
{
	want_checked(doctor_files, "[access]\n"
				   "secret = 0123456789abcdef0123456789abcdef\n"
				   "secret_file = /nonexistent\n");
	want_found(FINDING_WARNING, "access.secret_file is not used, because "
				    "access.secret is set.");
}

static void
check_hook(const char *path)
{
	char text[128];

	snprintf(text, sizeof(text), "[hook]\ncommand = %s\n", path);
	want_checked(doctor_files, text);
}

TEST(the_command_of_a_hook)
{
	char path[] = "/tmp/doctor-XXXXXX", words[64];
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	chmod(path, 0755);
	check_hook(path);
	want_not_found("hook.command");
	chmod(path, 0644);
	check_hook(path);
	snprintf(words, sizeof(words), "chmod a+x %s", path);
	want_found(FINDING_ERROR, words);
	chmod(path, 0757);
	check_hook(path);
	snprintf(words, sizeof(words), "chmod o-w %s", path);
	want_found(FINDING_ERROR, words);
	want_not_found("chmod a+x");
	unlink(path);
	check_hook(path);
	want_found(FINDING_ERROR, "No such file");
	check_hook("/tmp");
	want_found(FINDING_ERROR, "/tmp is not a program");
}

/* --- the report ----------------------------------------------------------- */

static const struct report_head head = {.redis = "r", .user = "u"};

static void
fill(struct doctor *d)
{
	*d = (struct doctor){.area = "redis"};
	doctor_ok(d, "Number %d.", 0);
	doctor_ok(d, "Number %d.", 1);
	doctor_error(d, "Number %d.", 2);
	doctor_remedy(d, "mend %s", "it");
	doctor_remedy(d, "and this");
	doctor_warn(d, "Number %d.", 3);
	doctor_paste(d, "/nonexistent", "a = %d", 1);
	doctor_note(d, "Number %d.", 4);
	doctor_paste(d, "/proc/version", "b");
}

TEST(each_finding_is_a_paragraph)
{
	struct doctor d;
	size_t told = 0, len;
	char *said;
	FILE *out = open_memstream(&said, &len);

	fill(&d);
	report_text_head(out, &head);
	report_text(out, &d, &told);
	report_text(out, &d, &told);
	report_text_end(out, &d);
	fclose(out);
	ck_assert_str_eq(said, "Settings file: none\nRedis: r\nUser: u\n\n"
			       "ok: Number 0.\nok: Number 1.\n\n"
			       "error: Number 2.\n\tmend it\n\tand this\n\n"
			       "warning: Number 3.\n    In /nonexistent:\n"
			       "\ta = 1\n\nnote: Number 4.\n"
			       "    In /proc/version (root:root):\n\tb\n\n"
			       "1 error, 1 warning.\n");
	doctor_free(&d);
	free(said);
}

TEST(the_report_as_json)
{
	struct doctor d;
	size_t len;
	char *said;
	FILE *out = open_memstream(&said, &len);
	json_t *json, *found;

	fill(&d);
	report_json(out, &d, &head);
	fclose(out);
	json = json_loads(said, 0, NULL);
	ck_assert_ptr_nonnull(json);
	ck_assert_int_eq(json_integer_value(json_object_get(json, "errors")),
			 1);
	found = json_array_get(json_object_get(json, "findings"), 2);
	ck_assert_str_eq(json_string_value(json_object_get(found, "level")),
			 "error");
	ck_assert_str_eq(json_string_value(json_object_get(found, "area")),
			 "redis");
	ck_assert_uint_eq(json_array_size(json_object_get(found, "lines")), 2);
	json_decref(json);
	doctor_free(&d);
	free(said);
}

/* --- hooks ---------------------------------------------------------------- */

TEST(a_hook_channel_that_others_may_read_or_publish_to)
{
	assert_warned("[hook]\nchannel = hooks\n", "channel hooks (hook");
	assert_warned("[hook]\nchannel = hooks\n[channel \"hooks\"]\n"
		      "subscribe = user\npublish = none\n",
		      "channel hooks (hook");
	assert_warned("[access]\nsecret_file = /a\n[hook]\nchannel = hooks\n"
		      "[channel \"hooks\"]\nsubscribe = token\n",
		      "channel hooks (hook");
	assert_not_warned("[access]\nsecret_file = /a\n"
			  "[hook]\nchannel = hooks\n[channel \"hooks\"]\n"
			  "subscribe = token\npublish = none\n");
	assert_not_warned("[hook]\nchannel = hooks\n[channel \"hooks\"]\n"
			  "subscribe = none\npublish = none\n");
}
