/* SPDX-License-Identifier: MIT */
/* shared/base/file_text.c: a small file that is replaced now and then. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/file_text.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/suite.h"

static char path[64];

static void
write_file(const char *bytes, size_t len)
{
	FILE *out = fopen(path, "w");

	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite(bytes, 1, len, out), len);
	ck_assert_int_eq(fclose(out), 0);
}

static void
write_text(const char *text)
{
	write_file(text, strlen(text));
}

/* A name that is free. */
static void
start(struct file_text *f)
{
	snprintf(path, sizeof(path), "/tmp/pushcgi-file-text-%d",
		 (int)getpid());
	file_text_init(f, path);
}

static void
finish(struct file_text *f)
{
	file_text_free(f);
	unlink(path);
}

/* Both times of the file become older than any change that follows. The clock
 * of the program is ahead of that of the files. */
static enum file_text_status
refresh(struct file_text *f)
{
	fake_clock_advance(1000);
	return file_text_refresh(f);
}

TEST(a_file_is_read_at_the_first_call)
{
	struct file_text f;

	start(&f);
	write_text("one");
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_NEW);
	ck_assert(text_is(f.text, "one"));
	ck_assert_int_eq(refresh(&f), FILE_TEXT_SAME);
	finish(&f);
}

TEST(a_change_is_seen_a_second_later_and_not_before)
{
	struct file_text f;

	start(&f);
	write_text("one");
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_NEW);
	write_text("other");
	fake_clock_advance(999);
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_SAME);
	ck_assert(text_is(f.text, "one"));
	fake_clock_advance(1);
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_NEW);
	ck_assert(text_is(f.text, "other"));
	finish(&f);
}

/* As when it is written twice within the resolution of its times. */
TEST(a_change_of_a_fresh_file_is_seen_though_its_times_are_the_same)
{
	struct file_text f;

	start(&f);
	write_text("one");
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_NEW);
	write_text("two");
	ck_assert_int_eq(stat(path, &f.seen), 0);
	f.settled = false;
	ck_assert_int_eq(refresh(&f), FILE_TEXT_NEW);
	ck_assert(text_is(f.text, "two"));
	finish(&f);
}

TEST(a_file_that_changed_long_ago_is_not_read_again)
{
	struct file_text f;

	start(&f);
	write_text("one");
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_NEW);
	ck_assert(f.settled); /* the program's clock is far ahead */
	write_text("two");
	ck_assert_int_eq(stat(path, &f.seen), 0);
	ck_assert_int_eq(refresh(&f), FILE_TEXT_SAME);
	ck_assert(text_is(f.text, "one"));
	finish(&f);
}

TEST(the_same_text_in_another_file_is_no_change)
{
	struct file_text f;

	start(&f);
	write_text("one");
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_NEW);
	unlink(path);
	write_text("one");
	ck_assert_int_eq(refresh(&f), FILE_TEXT_SAME);
	finish(&f);
}

TEST(an_unreadable_file_is_said_once_and_the_text_stays)
{
	struct file_text f;

	start(&f);
	write_text("one");
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_NEW);
	unlink(path);
	ck_assert_int_eq(refresh(&f), FILE_TEXT_UNREADABLE);
	ck_assert_ptr_nonnull(f.fault);
	ck_assert_int_eq(refresh(&f), FILE_TEXT_SAME);
	ck_assert(text_is(f.text, "one"));
	write_text("two");
	ck_assert_int_eq(refresh(&f), FILE_TEXT_NEW);
	ck_assert_ptr_null(f.fault);
	finish(&f);
}

TEST(a_file_that_is_back_as_it_was_is_new)
{
	struct file_text f;

	start(&f);
	write_text("one");
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_NEW);
	unlink(path);
	ck_assert_int_eq(refresh(&f), FILE_TEXT_UNREADABLE);
	write_text("one");
	ck_assert_int_eq(refresh(&f), FILE_TEXT_NEW);
	ck_assert_ptr_null(f.fault);
	ck_assert_int_eq(refresh(&f), FILE_TEXT_SAME);
	finish(&f);
}

TEST(a_file_over_the_limit_is_unreadable)
{
	static char bytes[FILE_TEXT_MAX + 1];
	struct file_text f;

	start(&f);
	memset(bytes, 'a', sizeof(bytes));
	write_file(bytes, sizeof(bytes));
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_UNREADABLE);
	write_file(bytes, sizeof(bytes) - 1);
	ck_assert_int_eq(refresh(&f), FILE_TEXT_NEW);
	ck_assert_uint_eq(f.text.len, FILE_TEXT_MAX);
	finish(&f);
}

TEST(a_pipe_without_a_writer_does_not_block)
{
	struct file_text f;

	start(&f);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_UNREADABLE);
	finish(&f);
}

TEST(a_folder_is_unreadable)
{
	struct file_text f;

	file_text_init(&f, "/tmp");
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_UNREADABLE);
	file_text_free(&f);
}

TEST(an_empty_file_is_an_empty_text)
{
	struct file_text f;

	start(&f);
	write_text("");
	ck_assert_int_eq(file_text_refresh(&f), FILE_TEXT_NEW);
	ck_assert_uint_eq(f.text.len, 0);
	ck_assert_int_eq(refresh(&f), FILE_TEXT_SAME);
	finish(&f);
}
