/* SPDX-License-Identifier: MIT */
/* shared/host/counts.c, table.c and image.c, with processes of their own. */
#include "config.h"

#include "shared/host/counts.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/host/image.h"
#include "tests/unit/fake_clock.h"
#include "tests/unit/suite.h"

TESTS_NEED_PROCESSES

enum { MANY = 5000, SOME = 20, DESCRIPTORS = 100 };

static struct host_counts counts;
static char path[] = "/tmp/push-host-XXXXXX";

static void
make_file(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void
open_all(void)
{
	make_file();
	ck_assert_ptr_null(host_counts_open(&counts, path));
}

static void
close_all(void)
{
	host_counts_close(&counts);
	unlink(path);
}

static host_key
held(const char *name)
{
	return host_counts_key(&counts, HOST_HELD, 'x', name, strlen(name));
}

static host_key
rate(const char *name)
{
	return host_counts_key(&counts, HOST_RATE, 'x', name, strlen(name));
}

static host_key
hour(const char *name)
{
	return host_counts_key(&counts, HOST_HOUR, 'x', name, strlen(name));
}

static uint64_t
read_sum(host_key key)
{
	uint64_t sum;

	host_counts_read(&counts, &key, &sum, 1);
	return sum;
}

/* --- another process ------------------------------------------------------ */

struct other {
	pid_t pid;
	int in, out;
};

/* Nothing of the test's, such as its description of the file, which has its
 * lock, its image, which valgrind would search for pointers, and the inputs of
 * others. */
static void
close_others(int one, int two)
{
	if (counts.table.image != NULL)
		host_image_close(&counts.table.image, &counts.table.fd);
	for (int fd = 3; fd < DESCRIPTORS; fd++)
		if (fd != one && fd != two)
			close(fd);
}

/* It does `work` and then lives until its input ends, or it is killed. */
static struct other
start_it(void (*work)(void), bool opens)
{
	int in[2], out[2];
	struct other o;
	char byte = 0;

	ck_assert_int_eq(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
	o = (struct other){fork(), in[1], out[0]};
	ck_assert_int_ge(o.pid, 0);
	if (o.pid == 0) {
		close_others(in[0], out[1]);
		if (opens && host_counts_open(&counts, path) != NULL)
			_exit(1);
		work();
		if (write(out[1], &byte, 1) != 1 || read(in[0], &byte, 1) != 0)
			_exit(1);
		host_counts_close(&counts);
		_exit(0);
	}
	close(in[0]);
	close(out[1]);
	ck_assert_int_eq(read(o.out, &byte, 1), 1);
	return o;
}

static struct other
start(void (*work)(void))
{
	return start_it(work, true);
}

static void
wait_for(struct other *o)
{
	close(o->in);
	close(o->out);
	ck_assert_int_eq(waitpid(o->pid, NULL, 0), o->pid);
}

static void
kill_it(struct other *o)
{
	ck_assert_int_eq(kill(o->pid, SIGKILL), 0);
	wait_for(o);
}

static void
hold_three(void)
{
	for (int i = 0; i < 3; i++)
		host_counts_add(&counts, held("a"));
}

static void
hold_many(void)
{
	char name[32];

	hold_three();
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%d", i);
		host_counts_add(&counts, held(name));
	}
}

static void
do_two(void)
{
	host_counts_add(&counts, rate("a"));
	host_counts_add(&counts, rate("a"));
}

static void
do_one_in_the_hour(void)
{
	host_counts_add(&counts, hour("a"));
}

/* Most of what it did is over when it ends. */
static void
do_much(void)
{
	hold_many();
	do_one_in_the_hour();
}

/* --- one process ---------------------------------------------------------- */

TEST(what_is_added_counts_until_it_is_dropped)
{
	open_all();
	ck_assert_uint_eq(read_sum(held("a")), 0);
	host_counts_add(&counts, held("a"));
	host_counts_add(&counts, held("a"));
	host_counts_add(&counts, held("b"));
	ck_assert_uint_eq(read_sum(held("a")), 2);
	host_counts_drop(&counts, held("a"));
	ck_assert_uint_eq(read_sum(held("a")), 1);
	ck_assert_uint_eq(read_sum(held("b")), 1);
	host_counts_drop(&counts, held("c"));
	ck_assert_uint_eq(read_sum(held("c")), 0);
	close_all();
}

TEST(names_of_one_kind_differ_from_those_of_another)
{
	open_all();
	ck_assert_uint_ne(held("a"), rate("a"));
	ck_assert_uint_ne(held("a"), held("b"));
	ck_assert_uint_ne(held("a"),
			  host_counts_key(&counts, HOST_HELD, 'y', "a", 1));
	close_all();
}

TEST(a_rate_is_that_of_one_second)
{
	open_all();
	do_two();
	ck_assert_uint_eq(read_sum(rate("a")), 2);
	fake_clock_advance(1000);
	ck_assert_uint_eq(read_sum(rate("a")), 0);
	close_all();
}

TEST(what_is_counted_by_the_hour_is_that_of_one_hour)
{
	open_all();
	do_one_in_the_hour();
	fake_clock_advance(1000);
	do_one_in_the_hour();
	ck_assert_uint_eq(read_sum(hour("a")), 2);
	ck_assert_uint_eq(read_sum(rate("a")), 0);
	fake_clock_advance(3600 * 1000);
	ck_assert_uint_eq(read_sum(hour("a")), 0);
	do_one_in_the_hour();
	ck_assert_uint_eq(read_sum(hour("a")), 1);
	close_all();
}

TEST(the_numbers_stay_right_as_keys_come_and_go)
{
	char name[32];

	open_all();
	host_counts_add(&counts, held("a"));
	for (int turn = 0; turn < 3; turn++) {
		for (int i = 0; i < MANY; i++) {
			snprintf(name, sizeof(name), "%d.%d", turn, i);
			host_counts_add(&counts, held(name));
			host_counts_add(&counts, rate(name));
		}
		for (int i = 0; i < MANY; i++) {
			snprintf(name, sizeof(name), "%d.%d", turn, i);
			ck_assert_uint_eq(read_sum(held(name)), 1);
			host_counts_drop(&counts, held(name));
			ck_assert_uint_eq(read_sum(held(name)), 0);
		}
		fake_clock_advance(1000);
	}
	ck_assert_uint_eq(read_sum(held("a")), 1);
	ck_assert(!host_counts_are_own(&counts));
	close_all();
}

/* --- several -------------------------------------------------------------- */

/* Adds one of the keys or drops it; `want` follows. */
static void
change(unsigned int *want, unsigned int at)
{
	char name[32];

	snprintf(name, sizeof(name), "%u", at);
	if (rand() % 2 == 0) {
		host_counts_add(&counts, held(name));
		want[at]++;
	} else if (want[at] > 0) {
		host_counts_drop(&counts, held(name));
		want[at]--;
	}
}

static void
assert_reads(const struct host_counts *reader, const unsigned int *want)
{
	host_key keys[SOME];
	uint64_t sums[SOME];
	char name[32];

	for (unsigned int i = 0; i < SOME; i++) {
		snprintf(name, sizeof(name), "%u", i);
		keys[i] = held(name);
		ck_assert_uint_eq(host_counts_exact(reader, keys[i]), want[i]);
	}
	host_counts_read(reader, keys, sums, SOME);
	for (unsigned int i = 0; i < SOME; i++)
		ck_assert_uint_eq(sums[i], want[i]);
}

TEST(others_read_what_one_holds_after_each_change)
{
	static struct host_counts reader;
	unsigned int want[SOME] = {0};

	open_all();
	ck_assert_ptr_null(host_counts_open(&reader, path));
	srand(1);
	for (unsigned int turn = 0; turn < 18; turn++) {
		/* few keys, which fit in a line, and many */
		unsigned int keys = turn % 6 < 3 ? 5 : SOME;

		for (unsigned int i = 0; i < 25; i++) {
			change(want, (unsigned int)rand() % keys);
			assert_reads(&reader, want);
		}
		for (unsigned int at = 0; at < SOME; at++)
			while (want[at] > 0)
				change(want, at);
		assert_reads(&reader, want);
	}
	host_counts_close(&reader);
	close_all();
}

TEST(a_process_counts_what_others_hold)
{
	struct other one, two;

	open_all();
	host_counts_add(&counts, held("a"));
	one = start(hold_three);
	two = start(hold_many);
	ck_assert_uint_eq(read_sum(held("a")), 7);
	ck_assert_uint_eq(host_counts_exact(&counts, held("a")), 7);
	ck_assert_uint_eq(read_sum(held("4999")), 1);
	ck_assert_uint_eq(read_sum(held("5000")), 0);
	wait_for(&one);
	ck_assert_uint_eq(read_sum(held("a")), 4);
	wait_for(&two);
	ck_assert_uint_eq(read_sum(held("a")), 1);
	close_all();
}

static void
assert_killed_counts_nothing(void (*work)(void))
{
	struct other o;

	open_all();
	for (int i = 0; i < 3; i++) {
		o = start(work);
		ck_assert_uint_eq(host_counts_exact(&counts, held("a")), 3);
		kill_it(&o);
		ck_assert_uint_eq(host_counts_exact(&counts, held("a")), 0);
		/* its slot was cleared */
		ck_assert_uint_eq(read_sum(held("a")), 0);
	}
	close_all();
}

TEST(a_killed_process_holds_nothing)
{
	assert_killed_counts_nothing(hold_three);
}

TEST(a_killed_process_with_many_keys_holds_nothing)
{
	assert_killed_counts_nothing(hold_many);
}

static void
hold_and_do(void)
{
	hold_three();
	do_two();
}

TEST(what_a_killed_process_did_counts_when_what_it_held_does_not)
{
	struct other o;

	open_all();
	o = start(hold_and_do);
	kill_it(&o);
	ck_assert_uint_eq(host_counts_exact(&counts, held("a")), 0);
	ck_assert_uint_eq(read_sum(rate("a")), 2);
	close_all();
}

TEST(the_slot_of_a_killed_process_is_used_again)
{
	struct other one, two;

	open_all();
	one = start(hold_three);
	kill_it(&one);
	two = start(do_two);
	ck_assert_uint_eq(read_sum(held("a")), 0);
	ck_assert_uint_eq(read_sum(rate("a")), 2);
	kill_it(&two);
	close_all();
}

TEST(a_stopped_process_stops_nobody_and_holds_what_it_held)
{
	struct other stopped, other;

	open_all();
	stopped = start(hold_three);
	ck_assert_int_eq(kill(stopped.pid, SIGSTOP), 0);
	ck_assert_int_eq(waitpid(stopped.pid, NULL, WUNTRACED), stopped.pid);
	other = start(hold_three);
	host_counts_add(&counts, held("a"));
	ck_assert_uint_eq(host_counts_exact(&counts, held("a")), 7);
	wait_for(&other);
	ck_assert_uint_eq(host_counts_exact(&counts, held("a")), 4);
	kill_it(&stopped);
	ck_assert_uint_eq(host_counts_exact(&counts, held("a")), 1);
	close_all();
}

static void
come_and_go(void)
{
	char name[32];

	for (unsigned int i = 0; getppid() != 1; i++) {
		snprintf(name, sizeof(name), "%u", i % SOME);
		host_counts_add(&counts, held(name));
		snprintf(name, sizeof(name), "%u", (i + SOME / 2) % SOME);
		host_counts_drop(&counts, held(name));
	}
}

TEST(a_process_killed_at_any_moment_holds_nothing)
{
	char name[32];

	open_all();
	srand(1);
	for (int i = 0; i < 60; i++) {
		pid_t pid = fork();

		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			close_others(-1, -1);
			if (host_counts_open(&counts, path) == NULL)
				come_and_go();
			_exit(1);
		}
		usleep((useconds_t)(rand() % 2000));
		ck_assert_int_eq(kill(pid, SIGKILL), 0);
		ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
		for (unsigned int at = 0; at < SOME; at++) {
			snprintf(name, sizeof(name), "%u", at);
			ck_assert_uint_eq(
			    host_counts_exact(&counts, held(name)), 0);
		}
	}
	close_all();
}

/* A process takes the slot of a dead one, and goes no further. */
static void
take_only(void)
{
	static struct host_table table;

	if (host_table_open(&table, path) != NULL)
		_exit(1);
}

TEST(a_slot_that_was_taken_counts_before_it_is_shown_for_nobody)
{
	struct other dead, other;

	open_all();
	dead = start(hold_three);
	ck_assert_uint_eq(read_sum(held("a")), 3);
	kill_it(&dead);
	other = start_it(take_only, false);
	ck_assert_uint_eq(host_counts_exact(&counts, held("a")), 0);
	kill_it(&other);
	ck_assert_uint_eq(host_counts_exact(&counts, held("a")), 0);
	close_all();
}

TEST(the_rate_of_a_process_that_has_ended_goes_on_in_its_second)
{
	struct other o;

	open_all();
	for (unsigned int i = 1; i <= 3; i++) {
		o = start(do_two);
		ck_assert_uint_eq(read_sum(rate("a")), 2 * i);
		if (i == 2)
			kill_it(&o);
		else
			wait_for(&o);
		ck_assert_uint_eq(read_sum(rate("a")), 2 * i);
		ck_assert_uint_eq(host_counts_exact(&counts, rate("a")), 2 * i);
	}
	fake_clock_advance(1000);
	ck_assert_uint_eq(read_sum(rate("a")), 0);
	close_all();
}

TEST(the_numbers_of_processes_that_have_ended_go_on_in_their_hour)
{
	struct other o;

	open_all();
	for (unsigned int i = 1; i <= 3; i++) {
		o = start(do_one_in_the_hour);
		if (i == 2)
			kill_it(&o);
		else
			wait_for(&o);
		fake_clock_advance(1000);
		ck_assert_uint_eq(read_sum(hour("a")), i);
	}
	fake_clock_advance(3600 * 1000);
	ck_assert_uint_eq(read_sum(hour("a")), 0);
	close_all();
}

TEST(the_hour_of_a_process_with_many_keys_goes_on_when_it_has_ended)
{
	struct other o;

	open_all();
	for (unsigned int i = 1; i <= 3; i++) {
		o = start(do_much);
		wait_for(&o);
		ck_assert_uint_eq(read_sum(hour("a")), i);
		ck_assert_uint_eq(host_counts_exact(&counts, held("a")), 0);
	}
	close_all();
}

TEST(all_slots_may_be_in_use)
{
	struct host_table table;
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd;

	make_file();
	fd = open(path, O_RDWR);
	ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &all), 0);
	ck_assert_str_eq(host_table_open(&table, path),
			 "All its slots are in use.");
	close(fd);
	ck_assert_ptr_null(host_counts_open(&counts, path));
	close_all();
}

/* --- without a table ------------------------------------------------------ */

static void
assert_counts_for_itself(void)
{
	ck_assert(host_counts_are_own(&counts));
	hold_many();
	ck_assert_uint_eq(read_sum(held("a")), 3);
	ck_assert_uint_eq(host_counts_exact(&counts, held("a")), 3);
	host_counts_drop(&counts, held("a"));
	ck_assert_uint_eq(read_sum(held("a")), 2);
	do_two();
	ck_assert_uint_eq(read_sum(rate("a")), 2);
}

TEST(without_a_file_a_process_counts_for_itself)
{
	ck_assert_str_eq(host_counts_open(&counts, "/nowhere/table"),
			 "No such file or directory");
	assert_counts_for_itself();
	host_counts_close(&counts);
}

TEST(what_is_no_file_is_not_used)
{
	ck_assert_str_eq(host_counts_open(&counts, "/dev/null"),
			 "It is no regular file.");
	assert_counts_for_itself();
	host_counts_close(&counts);
}

TEST(a_file_of_something_else_is_not_used)
{
	int fd;

	make_file();
	fd = open(path, O_WRONLY);
	ck_assert_int_eq(write(fd, "anything", 8), 8);
	close(fd);
	ck_assert_str_eq(host_counts_open(&counts, path),
			 "Another version of pushcgi has written it.");
	assert_counts_for_itself();
	close_all();
}

TEST(a_file_that_is_made_shorter_costs_what_others_count)
{
	struct other o;

	open_all();
	o = start(hold_three);
	host_counts_add(&counts, held("a"));
	ck_assert_uint_eq(read_sum(held("a")), 4);
	ck_assert(!host_counts_are_own(&counts));
	ck_assert_int_eq(truncate(path, 0), 0);
	ck_assert_uint_eq(read_sum(held("a")), 1);
	ck_assert(host_counts_are_own(&counts));
	host_counts_drop(&counts, held("a"));
	assert_counts_for_itself();
	wait_for(&o);
	close_all();
}

TEST(a_file_that_was_made_shorter_and_filled_again_is_noticed)
{
	struct other o;

	open_all();
	ck_assert(!host_counts_are_own(&counts));
	ck_assert_int_eq(truncate(path, 0), 0);
	o = start(hold_three);
	ck_assert(host_counts_are_own(&counts));
	wait_for(&o);
	close_all();
}

TEST(a_file_that_was_replaced_is_noticed)
{
	open_all();
	ck_assert(!host_counts_are_own(&counts));
	ck_assert_int_eq(unlink(path), 0);
	ck_assert(host_counts_are_own(&counts));
	assert_counts_for_itself();
	close_all();
}

TEST(what_a_process_starts_does_not_keep_its_lock)
{
	open_all();
	ck_assert_int_eq(fcntl(counts.table.fd, F_GETFD), FD_CLOEXEC);
	close_all();
}
