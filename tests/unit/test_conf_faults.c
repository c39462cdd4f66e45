/* SPDX-License-Identifier: MIT */
/* shared/conf/conf_text.c: all faults of a text */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/conf/conf_channel.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_set.h"
#include "shared/conf/conf_text.h"
#include "tests/unit/suite.h"

static bool
add(void *arg, const char *sentence)
{
	buf_printf(arg, "%s\n", sentence);
	return true;
}

/* `want`: a line for each fault. */
static void
assert_faults(struct conf *c, const char *text, const char *want)
{
	struct buf out;
	const struct conf_faults faults = {.tell = add, .arg = &out};

	buf_init(&out, 100000);
	conf_init(c);
	ck_assert(conf_read_text_all(c, "f", text, &faults) ==
		  (want[0] == '\0'));
	buf_putc(&out, '\0');
	ck_assert_str_eq(out.bytes, want);
	buf_free(&out);
}

TEST(each_wrong_line_is_told_and_the_others_count)
{
	static struct conf c;

	assert_faults(&c,
		      "[hold]\n"
		      "beat = often\n"
		      "wait = 9\n"
		      "beet = 7\n"
		      "nonsense\n"
		      "wait = 10\n"
		      "[bus]\n"
		      "url = redis://u:hunter2@h:x\n"
		      "timeout = 3\n",
		      "f:2: hold.beat = \"often\": expected an integer from 1 "
		      "to 3600 (seconds)\n"
		      "f:4: unknown setting \"beet\" in section [hold]; did "
		      "you mean \"beat\"?\n"
		      "f:5: expected [section] or name = value\n"
		      "f:6: duplicate setting hold.wait, first set on line 3\n"
		      "f:8: bus.url: expected :port from 1 to 65535 after the "
		      "host\n");
	ck_assert_uint_eq(c.hold_beat, 15);
	ck_assert_uint_eq(c.hold_wait, 9);
	ck_assert_uint_eq(c.bus_timeout, 3);
	conf_free(&c);
}

TEST(the_settings_of_a_wrong_section_are_skipped)
{
	static struct conf c;

	assert_faults(&c,
		      "[holds]\n"
		      "beat = 7\n"
		      "wait = 8\n"
		      "[hold\n"
		      "beat = 9\n"
		      "[channel \"a b\"]\n"
		      "colour = 3\n"
		      "[hold]\n"
		      "drain = 4\n",
		      "f:2: unknown section [holds]; did you mean [hold]?\n"
		      "f:4: expected [section] and nothing after it\n"
		      "f:6: invalid pattern of a [channel] section: A channel "
		      "name must not contain spaces.\n");
	ck_assert_uint_eq(c.hold_beat, 15);
	ck_assert_uint_eq(c.hold_drain, 4);
	conf_free(&c);
}

TEST(settings_of_a_channel_are_told_too)
{
	static struct conf c;

	assert_faults(&c,
		      "[channel \"a\"]\n"
		      "retain = all\n"
		      "retain = last\n"
		      "colour = 3\n"
		      "history.length = 3\n",
		      "f:2: retain = \"all\": expected one of none, last\n"
		      "f:3: duplicate setting retain, first set on line 2\n"
		      "f:4: unknown setting \"colour\" in a [channel "
		      "\"PATTERN\"] section: expected one of history.length, "
		      "history.ttl, retain, subscribe, publish, presence, "
		      "gather\n");
	ck_assert_uint_eq(c.channel_sections[0].conf.history_length, 3);
	conf_free(&c);
}

TEST(a_long_line_is_told_and_the_next_ones_count)
{
	static struct conf c;
	char text[3000] = "[hold]\nbeat = ";
	size_t len = strlen(text);

	memset(text + len, '1', 2000);
	strcpy(text + len + 2000, "\nwait = 8\nbeat = 6\n");
#if HAVE_DECL_INI_MAX_LINE
	assert_faults(&c, text, "f:2: line longer than 1022 bytes\n");
#else
	assert_faults(&c, text, "f:2: line longer than 198 bytes\n");
#endif
	ck_assert_uint_eq(c.hold_wait, 8);
	ck_assert_uint_eq(c.hold_beat, 6);
	conf_free(&c);
}

TEST(a_right_text_has_no_faults)
{
	static struct conf c;

	assert_faults(&c, "[hold]\r\nbeat = 7 ; comment\r\n\r\n# more\r\n", "");
	ck_assert_uint_eq(c.hold_beat, 7);
	conf_free(&c);
}

TEST(the_environment_is_read_after_a_wrong_file)
{
	static struct conf c;
	struct buf out;
	const struct conf_faults faults = {.tell = add, .arg = &out};

	buf_init(&out, 100000);
	setenv("PUSHCGI_HOLD_BEET", "1", 1);
	setenv("PUSHCGI_HOLD_WAIT", "never", 1);
	ck_assert(!conf_load_all(&c, "/nonexistent", &faults));
	buf_putc(&out, '\0');
	ck_assert_ptr_nonnull(strstr(out.bytes, "/nonexistent: cannot open: "));
	ck_assert_ptr_nonnull(strstr(out.bytes, "did you mean "
						"PUSHCGI_HOLD_BEAT?\n"));
	ck_assert_ptr_nonnull(strstr(out.bytes, "hold.wait = \"never\""));
	ck_assert_str_eq(c.file, "/nonexistent");
	buf_free(&out);
	conf_free(&c);
}
