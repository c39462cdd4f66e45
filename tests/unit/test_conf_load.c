/* SPDX-License-Identifier: MIT */
/* shared/conf/conf_load.c: the file */
#include "config.h"

#include "shared/conf/conf_load.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/conf/conf_set.h"
#include "shared/conf/conf_text.h"
#include "tests/unit/suite.h"

static void
read_text(struct conf *c, const char *text)
{
	char error[CONF_ERROR_SIZE] = "";

	conf_free_texts(c);
	conf_init(c);
	ck_assert_msg(conf_read_text(c, "push.conf", text, error), "%s", error);
}

static void
assert_error(const char *text, const char *want)
{
	char error[CONF_ERROR_SIZE] = "";
	static struct conf c;

	conf_free_texts(&c);
	conf_init(&c);
	ck_assert_msg(!conf_read_text(&c, "push.conf", text, error),
		      "\"%s\" is accepted", text);
	ck_assert_str_eq(error, want);
}

TEST(settings_are_read_by_section)
{
	static struct conf c;

	read_text(&c, "# ours\n"
		      "[hold]\n"
		      "beat = 7\n"
		      "max_backlog=5000\n"
		      "\n"
		      "[sse]\n"
		      "retry = 0\n"
		      "[hold]\n"
		      "wait = 9\n");
	ck_assert_uint_eq(c.hold_beat, 7);
	ck_assert_uint_eq(c.hold_max_backlog, 5000);
	ck_assert_uint_eq(c.hold_wait, 9);
	ck_assert_uint_eq(c.sse_retry, 0);
	ck_assert_uint_eq(c.hold_drain, 5);
}

TEST(whitespace_comments_and_cr_are_ignored)
{
	static struct conf c;

	read_text(&c, "\xef\xbb\xbf[hold]\r\n"
		      "  beat\t=\t7  \r\n"
		      "\t; a comment\r\n"
		      "  wait = 9 ; another\r\n"
		      " [sse] ; and one more\r\n"
		      "retry: 12");
	ck_assert_uint_eq(c.hold_beat, 7);
	ck_assert_uint_eq(c.hold_wait, 9);
	ck_assert_uint_eq(c.sse_retry, 12);
}

TEST(an_empty_file_changes_nothing)
{
	static struct conf c;

	read_text(&c, "");
	ck_assert_uint_eq(c.hold_beat, 15);
	read_text(&c, "\n\n[hold]\n");
	ck_assert_uint_eq(c.hold_beat, 15);
}

TEST(the_url_is_also_parsed)
{
	static struct conf c;

	read_text(&c, "[bus]\nurl = redis://app:se;cret%3d@h:7000/3\n");
	ck_assert_str_eq(c.bus_url, "redis://app:se;cret%3d@h:7000/3");
	ck_assert_str_eq(c.redis.host, "h");
	ck_assert_uint_eq(c.redis.port, 7000);
	ck_assert_str_eq(c.redis.user, "app");
	ck_assert_str_eq(c.redis.password, "se;cret=");
	ck_assert_uint_eq(c.redis.db, 3);
}

TEST(an_error_names_file_line_setting_value_and_what_was_expected)
{
	assert_error("[hold]\n\nbeat = abc\n",
		     "push.conf:3: hold.beat = \"abc\": expected an integer "
		     "from 1 to 3600 (seconds)");
	assert_error("[hold]\nmax = 1000001\n",
		     "push.conf:2: hold.max = \"1000001\": expected auto or an "
		     "integer from 0 to 1000000 (subscribers)");
	assert_error("[bus]\nprefix = Push\n",
		     "push.conf:2: bus.prefix = \"Push\": expected 1 to 32 "
		     "characters of a-z 0-9 _ -");
	assert_error("[log]\nlevel = 3\n",
		     "push.conf:2: log.level = \"3\": expected one of error, "
		     "warn, info, debug");
	assert_error("[sse]\nretry =\n",
		     "push.conf:2: sse.retry = \"\": expected an integer from "
		     "0 to 3600000 (milliseconds)");
}

TEST(an_error_says_what_is_often_the_reason)
{
	assert_error("[hold]\nbeat = 7 # s\n",
		     "push.conf:2: hold.beat = \"7 # s\": expected an integer "
		     "from 1 to 3600 (seconds); a comment after a value begins "
		     "with ;");
	assert_error("[log]\nto = 'syslog'\n",
		     "push.conf:2: log.to = \"'syslog'\": expected one of "
		     "stderr, syslog; write it without quotes");
	assert_error("[bus]\nurl = redis://h # here\n",
		     "push.conf:2: bus.url: invalid character; in a user, "
		     "password or path, write any byte that is not printable "
		     "ASCII as %XX; a comment after a value begins with ;");
}

TEST(an_error_in_the_url_does_not_show_the_url)
{
	assert_error("[bus]\nurl = redis://u:hunter2@h:x\n",
		     "push.conf:2: bus.url: expected :port from 1 to 65535 "
		     "after the host");
}

TEST(an_error_is_one_short_line_for_any_value)
{
	char text[600] = "[hold]\nbeat = ";
	char error[CONF_ERROR_SIZE];
	char name[400];
	static struct conf c;

	assert_error("[hold]\nbeat = 1\x01\x7f\xff"
		     "2\r3\n",
		     "push.conf:2: hold.beat = \"1???2?3\": expected an "
		     "integer from 1 to 3600 (seconds)");
	memset(text + 14, '9', 150);
	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	conf_free_texts(&c);
	conf_init(&c);
	ck_assert(!conf_read_text(&c, name, text, error));
	ck_assert_uint_lt(strlen(error), CONF_ERROR_SIZE - 1);
	ck_assert_ptr_nonnull(strstr(error, "nnn:2: hold.beat = \"999"));
	ck_assert_ptr_nonnull(strstr(
	    error, "9...\": expected an integer from 1 to 3600 (seconds)"));
}

TEST(an_unknown_setting_is_an_error)
{
	assert_error("[hold]\nbeta = 1\n",
		     "push.conf:2: unknown setting \"beta\" in section "
		     "[hold]; did you mean \"beat\"?");
	assert_error(
	    "[holds]\nbeat = 1\n",
	    "push.conf:2: unknown section [holds]; did you mean [hold]?");
	assert_error("[hold]\nBeat = 1\n",
		     "push.conf:2: unknown setting \"Beat\" in section "
		     "[hold]; did you mean \"beat\"?");
	assert_error(
	    "[hold.max]\nbeat = 1\n",
	    "push.conf:2: unknown section [hold.max]: expected one of [bus], "
	    "[message], [history], [publish], [hold], [sse], [poll], "
	    "[websocket], [request], [limit], [channel], [access], [handoff], "
	    "[hook], [status], [process], [log], [channel \"PATTERN\"]");
	assert_error("[log]\n= 1\n",
		     "push.conf:2: unknown setting \"\" in section [log]: "
		     "expected one of level, to, time");
	assert_error("hold.beat = 1\n",
		     "push.conf:1: \"hold.beat\" precedes the first "
		     "[section]; did you mean \"beat\" in section [hold]?");
}

TEST(a_duplicate_setting_is_an_error)
{
	assert_error(
	    "[hold]\nbeat = 7\nwait = 8\n[hold]\nbeat = 7\n",
	    "push.conf:5: duplicate setting hold.beat, first set on line 2");
}

TEST(a_line_that_is_neither_section_nor_setting_is_an_error)
{
	assert_error("[hold]\nbeat\n",
		     "push.conf:2: expected [section] or name = value");
	assert_error("\n\nbeat 5\n[hold]\nbeat = x\n",
		     "push.conf:3: expected [section] or name = value");
	assert_error("[hold]\nbeat ; = 5\n",
		     "push.conf:2: expected [section] or name = value");
	assert_error("[hold\nbeat = 5\n",
		     "push.conf:1: expected [section] and nothing after it");
	assert_error("[hold] beat = 5\n",
		     "push.conf:1: expected [section] and nothing after it");
	assert_error("[ho ;ld]\n",
		     "push.conf:1: expected [section] and nothing after it");
}

TEST(an_indented_line_does_not_continue_the_one_before)
{
	static struct conf c;

	read_text(&c, "[hold]\nbeat = 7\n\twait = 8\n");
	ck_assert_uint_eq(c.hold_wait, 8);
	assert_error("[hold]\nbeat = 7\n 5\n",
		     "push.conf:3: expected [section] or name = value");
}

TEST(the_first_error_is_reported)
{
	assert_error("[hold]\nbeat = x\nwait = y\nz\n",
		     "push.conf:2: hold.beat = \"x\": expected an integer from "
		     "1 to 3600 (seconds)");
}

TEST(a_long_comment_is_ignored_and_a_long_setting_an_error)
{
	char text[2000] = "# ";
	static struct conf c;

	memset(text + 2, 'c', 1500);
	strcat(text, "\n[hold]\nbeat = 7\n");
	read_text(&c, text);
	ck_assert_uint_eq(c.hold_beat, 7);
	memset(text, 0, sizeof(text));
	strcpy(text, "[hold]\nbeat = 7");
	memset(text + 15, ' ', 1100);
	strcat(text, "0\n");
#if HAVE_DECL_INI_MAX_LINE
	assert_error(text, "push.conf:2: line longer than 1022 bytes");
#else
	assert_error(text, "push.conf:2: line longer than 198 bytes");
#endif
}

#if HAVE_DECL_INI_MAX_LINE
TEST(the_longest_url_fits_a_line)
{
	char text[1000] = "[bus]\nurl = redis://:";
	static struct conf c;

	memset(text + strlen(text), 'p', REDIS_URL_MAX - 11);
	strcat(text, "@h\n");
	read_text(&c, text);
	ck_assert_uint_eq(strlen(c.bus_url), REDIS_URL_MAX);
}
#endif

static void
write_file(const char *path, const void *bytes, size_t len)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(bytes, 1, len, out), len);
	ck_assert_int_eq(fclose(out), 0);
}

/* Changes to a new directory; leave_directory() removes it. */
static void
enter_directory(char path[40])
{
	strcpy(path, "/tmp/test_conf.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
	ck_assert_int_eq(chdir(path), 0);
}

static void
leave_directory(const char *path)
{
	unlink("push.conf");
	ck_assert_int_eq(chdir("/"), 0);
	ck_assert_int_eq(rmdir(path), 0);
}

TEST(a_file_is_read)
{
	char directory[40], error[CONF_ERROR_SIZE] = "";
	static struct conf c;

	enter_directory(directory);
	write_file("push.conf", "[hold]\nbeat = 7", 15);
	conf_free_texts(&c);
	conf_init(&c);
	ck_assert_msg(conf_read_file(&c, "push.conf", error), "%s", error);
	ck_assert_uint_eq(c.hold_beat, 7);
	write_file("push.conf", "[hold]\nbeat = x", 15);
	ck_assert(!conf_read_file(&c, "push.conf", error));
	ck_assert_str_eq(error, "push.conf:2: hold.beat = \"x\": expected an "
				"integer from 1 to 3600 (seconds)");
	leave_directory(directory);
}

TEST(a_file_that_cannot_be_read_is_an_error)
{
	char error[CONF_ERROR_SIZE];
	static struct conf c;

	conf_free_texts(&c);
	conf_init(&c);
	ck_assert(!conf_read_file(&c, "/nowhere/push.conf", error));
	ck_assert_str_eq(error, "/nowhere/push.conf: cannot open: No such "
				"file or directory");
	ck_assert(!conf_read_file(&c, "/tmp", error));
	ck_assert_str_eq(error, "/tmp: cannot read: Is a directory");
}

TEST(a_file_with_a_nul_or_above_64_kb_is_an_error)
{
	char directory[40], error[CONF_ERROR_SIZE];
	char *big = malloc(65537);
	static struct conf c;

	ck_assert_ptr_nonnull(big);
	enter_directory(directory);
	conf_free_texts(&c);
	conf_init(&c);
	write_file("push.conf", "[hold]\n\0beat = 7\n", 17);
	ck_assert(!conf_read_file(&c, "push.conf", error));
	ck_assert_str_eq(error, "push.conf: cannot read: contains a NUL byte");
	memset(big, '\n', 65537);
	write_file("push.conf", big, 65536);
	ck_assert(conf_read_file(&c, "push.conf", error));
	write_file("push.conf", big, 65537);
	ck_assert(!conf_read_file(&c, "push.conf", error));
	ck_assert_str_eq(error,
			 "push.conf: cannot read: longer than 65536 bytes");
	leave_directory(directory);
	free(big);
}

/* The environment of this process is what conf_load() reads. */
static void
clear_environment(void)
{
	unsetenv("PUSHCGI_CONF");
	for (char **p = environ; *p != NULL;) {
		char name[80];

		if (strncmp(*p, "PUSHCGI_", 8) != 0) {
			p++;
			continue;
		}
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(*p, "="), *p);
		unsetenv(name);
	}
}

TEST(defaults_file_and_environment_are_applied_in_this_order)
{
	char directory[40], error[CONF_ERROR_SIZE] = "";
	static struct conf c;

	enter_directory(directory);
	clear_environment();
	write_file("push.conf", "[hold]\nbeat=7\nwait=8\n", 21);
	setenv("PUSHCGI_HOLD_BEAT", "9", 1);
	ck_assert_msg(conf_load(&c, "push.conf", error), "%s", error);
	ck_assert_uint_eq(c.hold_beat, 9);
	ck_assert_uint_eq(c.hold_wait, 8);
	ck_assert_uint_eq(c.hold_drain, 5);
	leave_directory(directory);
}

TEST(the_callers_path_overrides_pushcgi_conf)
{
	char directory[40], error[CONF_ERROR_SIZE] = "";
	static struct conf c;

	enter_directory(directory);
	clear_environment();
	write_file("push.conf", "[hold]\nbeat=7\n", 14);
	setenv("PUSHCGI_CONF", "push.conf", 1);
	ck_assert_msg(conf_load(&c, NULL, error), "%s", error);
	ck_assert_uint_eq(c.hold_beat, 7);
	setenv("PUSHCGI_CONF", "other.conf", 1);
	conf_free(&c);
	ck_assert(conf_load(&c, "push.conf", error));
	conf_free(&c);
	ck_assert(!conf_load(&c, NULL, error));
	ck_assert_str_eq(error, "other.conf: cannot open: No such file or "
				"directory");
	leave_directory(directory);
}

TEST(the_default_file_may_be_missing)
{
	char error[CONF_ERROR_SIZE] = "";
	static struct conf c;

	clear_environment();
	if (access(PUSHCGI_SYSCONFDIR "/pushcgi/push.conf", F_OK) != 0) {
		ck_assert_msg(conf_load(&c, NULL, error), "%s", error);
		ck_assert_uint_eq(c.hold_beat, 15);
	}
}

/* The error of a file, or "". */
static const char *
load_error(const char *text)
{
	static char error[CONF_ERROR_SIZE];
	char directory[40];
	static struct conf c;

	enter_directory(directory);
	clear_environment();
	write_file("push.conf", text, strlen(text));
	conf_free(&c);
	if (conf_load(&c, "push.conf", error))
		error[0] = '\0';
	leave_directory(directory);
	return error;
}

TEST(sentinels_and_the_name_of_the_master_go_together)
{
	ck_assert_str_eq(load_error("[bus]\nsentinel = a:1\nmaster = m\n"), "");
	ck_assert_str_eq(load_error("[bus]\nsentinel = a:1\n"),
			 "bus.sentinel needs bus.master, the name by which "
			 "the Sentinels know Redis");
	ck_assert_str_eq(load_error("[bus]\nmaster = m\n"),
			 "bus.master needs bus.sentinel, the addresses of "
			 "Sentinels");
	ck_assert_str_eq(load_error("[bus]\nsentinel = a:1\nmaster = m\n"
				    "url = unix:///run/redis.sock\n"),
			 "bus.sentinel needs a bus.url that begins with "
			 "redis:// or rediss://");
}

TEST(the_password_of_sentinels_may_be_in_a_file)
{
	char directory[40], error[CONF_ERROR_SIZE] = "", text[200];
	static struct conf c;

	enter_directory(directory);
	clear_environment();
	write_file("password", "se cret\nmore\n", 13);
	snprintf(text, sizeof(text),
		 "[bus]\nsentinel = a\nmaster = m\n"
		 "sentinel_password_file = %s/password\n",
		 directory);
	write_file("push.conf", text, strlen(text));
	ck_assert_msg(conf_load(&c, "push.conf", error), "%s", error);
	ck_assert_str_eq(c.sentinel.password, "se cret");
	write_file("password", "\n", 1);
	conf_free(&c);
	ck_assert(!conf_load(&c, "push.conf", error));
	ck_assert_ptr_nonnull(strstr(error, "expected a password of 1 to 512"));
	unlink("password");
	conf_free(&c);
	ck_assert(!conf_load(&c, "push.conf", error));
	ck_assert_ptr_nonnull(strstr(error, "No such file or directory"));
	leave_directory(directory);
}
