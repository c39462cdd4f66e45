/* SPDX-License-Identifier: MIT */
/* shared/spool/folder.c */
#include "config.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/model/cursor.h"
#include "shared/spool/file.h"
#include "shared/spool/folder.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/spool_want.h"
#include "tests/unit/suite.h"

TESTS_NEED_PROCESSES

#define NEWS "-3baa0033770-"

static struct spool_folder folder;
static struct spool_entries entries;

static void
open_folder(void)
{
	ck_assert_msg(spool_folder_open(&folder, spool_path()), "%s",
		      folder.error);
}

static void
list(void)
{
	ck_assert(spool_folder_list(&folder, &entries));
}

static void
assert_data(const struct spool_entry *e, const char *data)
{
	struct buf file;
	struct publication publication;
	uint64_t written_ms;

	buf_init(&file, SPOOL_FILE_MAX);
	ck_assert(spool_folder_read(&folder, e, &file));
	ck_assert(spool_file_parse(&publication, &written_ms,
				   (struct text){file.bytes, file.len}));
	ck_assert(text_is(publication.data, data));
	buf_free(&file);
}

TEST(a_folder_is_made_for_its_user_alone)
{
	struct stat st;

	open_folder();
	ck_assert_int_eq(stat(spool_path(), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0700);
	spool_folder_close(&folder);
}

TEST(a_folder_that_cannot_be_made_is_told)
{
	ck_assert(!spool_folder_open(&folder, "/nonexistent/a/b"));
	ck_assert_str_eq(folder.error,
			 "The spool /nonexistent/a/b: cannot be opened: "
			 "No such file or directory.");
}

TEST(messages_are_listed_in_the_order_of_adding)
{
	open_folder();
	spool_add(&folder, "news", "one");
	spool_add(&folder, "chat", "two");
	spool_add(&folder, "news", "three");
	list();
	ck_assert_uint_eq(entries.count, 3);
	assert_data(&entries.at[0], "one");
	assert_data(&entries.at[1], "two");
	assert_data(&entries.at[2], "three");
}

TEST(the_order_survives_a_clock_that_is_set_back)
{
	struct spool_entry future = {.number = UINT64_C(1) << 62,
				     .tag = cursor_tag(text_of("news"))};
	char name[SPOOL_NAME_SIZE];
	int fd;

	open_folder();
	spool_name(name, &future);
	fd = openat(folder.fd, name, O_CREAT | O_WRONLY, 0600);
	close(fd);
	spool_add(&folder, "news", "later");
	list();
	ck_assert_uint_eq(entries.count, 2);
	assert_data(&entries.at[1], "later");
}

TEST(a_message_file_is_for_its_user_alone)
{
	struct stat st;
	char name[SPOOL_NAME_SIZE];

	open_folder();
	spool_add(&folder, "news", "one");
	list();
	spool_name(name, &entries.at[0]);
	ck_assert_int_eq(fstatat(folder.fd, name, &st, 0), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
}

TEST(it_knows_which_channels_wait)
{
	uint64_t news = cursor_tag(text_of("news"));
	uint64_t chat = cursor_tag(text_of("chat"));

	open_folder();
	ck_assert_int_eq(spool_folder_waiting(&folder, news), SPOOL_NONE_WAITS);
	spool_add(&folder, "news", "one");
	ck_assert_int_eq(spool_folder_waiting(&folder, news),
			 SPOOL_CHANNEL_WAITS);
	ck_assert_int_eq(spool_folder_waiting(&folder, chat),
			 SPOOL_OTHERS_WAIT);
}

TEST(above_its_maximum_nothing_is_added)
{
	struct publication publication =
	    bus_trace_publication("news", "hello", "k");
	uint64_t number;

	open_folder();
	ck_assert(spool_folder_add(&folder, &publication, 0, 8192, &number));
	ck_assert(spool_folder_add(&folder, &publication, 0, 8192, &number));
	ck_assert(!spool_folder_add(&folder, &publication, 0, 8192, &number));
	ck_assert_ptr_nonnull(
	    strstr(folder.error, "is full (publish.spool_max)"));
	ck_assert_str_eq(spool_names(""), "0" NEWS "0.msg 1" NEWS "0.msg");
}

TEST(a_mark_is_in_the_name)
{
	open_folder();
	spool_add(&folder, "news", "one");
	list();
	ck_assert(spool_folder_mark(&folder, &entries.at[0], 17));
	ck_assert_str_eq(spool_names(""), "0" NEWS "17.msg");
	assert_data(&entries.at[0], "one");
	ck_assert(spool_folder_mark(&folder, &entries.at[0], 0));
	ck_assert_str_eq(spool_names(""), "0" NEWS "0.msg");
}

TEST(a_removed_message_is_gone)
{
	open_folder();
	spool_add(&folder, "news", "one");
	list();
	ck_assert(spool_folder_remove(&folder, &entries.at[0]));
	ck_assert_str_eq(spool_names(""), "");
	ck_assert(!spool_folder_remove(&folder, &entries.at[0]));
}

TEST(what_is_set_aside_is_kept_below)
{
	open_folder();
	spool_add(&folder, "news", "one");
	list();
	ck_assert(spool_folder_set_aside(&folder, &entries.at[0], "test"));
	ck_assert_str_eq(spool_names(""), "aside");
	ck_assert_str_eq(spool_names("aside"), "0" NEWS "0.msg");
}

TEST(a_half_written_file_is_no_message)
{
	int fd;

	open_folder();
	fd = openat(folder.fd, "new", O_CREAT | O_WRONLY, 0600);
	ck_assert_int_eq(write(fd, "pushcgi-spool 1", 15), 15);
	close(fd);
	list();
	ck_assert_uint_eq(entries.count, 0);
	spool_add(&folder, "news", "one");
	ck_assert_str_eq(spool_names(""), "0" NEWS "0.msg");
	list();
	assert_data(&entries.at[0], "one");
}

TEST(one_at_a_time_may_send)
{
	struct spool_folder other;

	open_folder();
	ck_assert(spool_folder_open(&other, spool_path()));
	ck_assert_int_eq(spool_folder_claim(&folder), SPOOL_CLAIMED);
	ck_assert_int_eq(spool_folder_claim(&other), SPOOL_CLAIMED_ELSEWHERE);
	spool_folder_release(&folder);
	ck_assert_int_eq(spool_folder_claim(&other), SPOOL_CLAIMED);
	spool_folder_close(&other);
	ck_assert_int_eq(spool_folder_claim(&folder), SPOOL_CLAIMED);
}

enum { WRITERS = 4, EACH = 25 };

static void
write_each(int writer)
{
	char data[2] = {(char)('a' + writer), '\0'};

	open_folder();
	for (int i = 0; i < EACH; i++)
		spool_add(&folder, "news", data);
	_exit(0);
}

TEST(several_writers_lose_nothing)
{
	int status;

	spool_path();
	for (int i = 0; i < WRITERS; i++)
		if (fork() == 0)
			write_each(i);
	for (int i = 0; i < WRITERS; i++) {
		ck_assert_int_gt(wait(&status), 0);
		ck_assert_int_eq(status, 0);
	}
	open_folder();
	list();
	ck_assert_uint_eq(entries.count, WRITERS * EACH);
	for (size_t i = 1; i < entries.count; i++)
		ck_assert_uint_lt(entries.at[i - 1].number,
				  entries.at[i].number);
}
