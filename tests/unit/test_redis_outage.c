/* SPDX-License-Identifier: MIT */
/* shared/bus/redis_outage.c: the lines it logs. */
#include "config.h"

#include "shared/bus/redis_outage.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

#define UP "level=info event=redis_up connection=test\n"
#define DOWN(why)                                                              \
	"level=warn event=redis_down connection=test reason=\"" why "\"\n"

static struct redis_outage outage;
static FILE *lines;

static void
open_outage(void)
{
	lines = tmpfile();
	ck_assert_ptr_nonnull(lines);
	ck_assert_int_ge(dup2(fileno(lines), STDERR_FILENO), 0);
	redis_outage_init(&outage, turn_loop(), "test");
}

/* The lines since the begin are these. */
static void
assert_lines(const char *want)
{
	char text[2000];
	size_t len;

	rewind(lines);
	len = fread(text, 1, sizeof(text) - 1, lines);
	text[len] = '\0';
	ck_assert_str_eq(text, want);
}

static void
close_outage(void)
{
	redis_outage_stop(&outage);
	turn_end();
}

TEST(up_and_down_are_a_line_each)
{
	open_outage();
	redis_outage_up(&outage);
	redis_outage_down(&outage, "gone");
	assert_lines(UP DOWN("gone"));
	close_outage();
}

TEST(failed_attempts_for_one_reason_are_one_line)
{
	open_outage();
	for (int i = 0; i < 5; i++)
		redis_outage_down(&outage, "refused");
	redis_outage_down(&outage, "denied");
	redis_outage_down(&outage, "denied");
	redis_outage_up(&outage);
	assert_lines(DOWN("refused") DOWN("denied") UP);
	close_outage();
}

TEST(a_connection_that_flaps_for_one_reason_is_one_line)
{
	open_outage();
	redis_outage_up(&outage);
	for (int i = 0; i < 5; i++) {
		ck_assert(!redis_outage_down(&outage, "READONLY"));
		redis_outage_up(&outage);
	}
	assert_lines(UP DOWN("READONLY"));
	close_outage();
}

TEST(after_it_flapped_it_is_up_when_it_stays_up)
{
	open_outage();
	redis_outage_up(&outage);
	redis_outage_down(&outage, "READONLY");
	redis_outage_up(&outage);
	turn_for(2.2);
	assert_lines(UP DOWN("READONLY") UP);
	ck_assert(redis_outage_down(&outage, "READONLY"));
	assert_lines(UP DOWN("READONLY") UP DOWN("READONLY"));
	close_outage();
}
