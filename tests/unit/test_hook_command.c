/* SPDX-License-Identifier: MIT */
/* shared/app/hook_command.c and hook_keeper.c: a real program gets the lines.
 */
#include "config.h"

#include "shared/app/hook_command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/app/hook_keeper.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

TESTS_NEED_PROCESSES

static char folder[] = "/tmp/test_hook.XXXXXX";
static char program[80], output[80];
static struct hook_command hook;
static struct subscriber_events events;
static int fd;

/* A hook of /bin/sh, with these lines; $out is the file that the test reads. */
static void
write_program(const char *lines)
{
	FILE *out;

	if (folder[strlen(folder) - 1] == 'X')
		ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(program, sizeof(program), "%s/hook", folder);
	snprintf(output, sizeof(output), "%s/out", folder);
	out = fopen(program, "w");
	ck_assert_ptr_nonnull(out);
	fprintf(out, "#!/bin/sh\nout=%s\n%s\n", output, lines);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_int_eq(chmod(program, 0700), 0);
	ck_assert(unlink(output) == 0 || errno == ENOENT);
}

static void
open_hook(const char *lines)
{
	write_program(lines);
	signal(SIGPIPE, SIG_IGN);
	fd = hook_keeper_start(program);
	ck_assert_int_gt(fd, 2);
	events = (struct subscriber_events){.count = 0};
	hook_command_open(&hook, turn_loop(), fd, &events);
}

static void
close_hook(void)
{
	hook_command_close(&hook);
	close(fd);
	unlink(program);
	unlink(output);
	rmdir(folder);
	turn_end();
}

static void
tell(const char *channel)
{
	struct subscriber_event event = {.kind = SUBSCRIBER_SUBSCRIBED,
					 .channel = text_of(channel),
					 .technique = "sse",
					 .id = "tab",
					 .address = "192.0.2.1"};

	events.listeners[0].tell(events.listeners[0].arg, &event);
}

/* What the hook has written. Valid until the next call. */
static const char *
read_output(void)
{
	static char text[256 * 1024];
	FILE *in = fopen(output, "r");
	size_t len = 0;

	if (in != NULL) {
		len = fread(text, 1, sizeof(text) - 1, in);
		fclose(in);
	}
	text[len] = '\0';
	return text;
}

static bool
has(const char *text)
{
	return strstr(read_output(), text) != NULL;
}

/* Closes everything; the hook writes "over" at the end of its input. */
static void
end_input(void)
{
	hook_command_close(&hook);
	close(fd);
	TURN_UNTIL(has("over"));
	hook_command_open(&hook, turn_loop(), -1, &events);
	fd = open("/dev/null", O_RDONLY);
	close_hook();
}

TEST(the_program_gets_a_line_for_each_event)
{
	open_hook("exec cat >>$out");
	tell("a");
	tell("b");
	TURN_UNTIL(has("\"channel\":\"b\""));
	ck_assert_msg(strncmp(read_output(),
			      "{\"event\":\"subscribe\",\"channel\":\"a\"",
			      34) == 0,
		      "%s", read_output());
	close_hook();
}

TEST(it_has_the_environment_without_settings)
{
	setenv("PUSHCGI_BUS_PASSWORD", "secret", 1);
	setenv("HOOK_TEST", "kept", 1);
	open_hook("env >>$out; exec cat >>$out");
	tell("a");
	TURN_UNTIL(has("\"a\""));
	ck_assert(has("HOOK_TEST=kept"));
	ck_assert(!has("PUSHCGI_BUS"));
	close_hook();
}

TEST(it_ends_with_its_input)
{
	open_hook("cat >>$out; echo over >>$out");
	tell("a");
	TURN_UNTIL(has("\"a\""));
	end_input();
}

TEST(one_that_reads_nothing_gets_sigterm_when_its_input_ends)
{
	open_hook("trap 'echo over >>$out; exit' TERM; echo up >>$out\n"
		  "while :; do sleep 0.1; done");
	while (hook.lost.untold == 0)
		tell("a");
	TURN_UNTIL(has("up"));
	end_input();
}

TEST(a_program_that_ends_is_started_again)
{
	open_hook("read -r line; echo \"$$ $line\" >>$out");
	tell("a");
	TURN_UNTIL(has("\"a\""));
	tell("b");
	TURN_UNTIL(has("\"b\""));
	close_hook();
}

TEST(a_line_that_was_not_read_whole_is_the_first_of_the_next)
{
	char channel[200];

	open_hook("if [ -e $out ]; then exec cat >>$out; fi\n"
		  "head -c 100 >/dev/null; echo started >$out; kill -9 $$");
	memset(channel, 'x', sizeof(channel) - 1);
	channel[sizeof(channel) - 1] = '\0';
	tell(channel);
	TURN_UNTIL(has("started"));
	for (int i = 0; !has("{\"event\":\"subscribe\""); i++) {
		tell("more");
		turn_for(0.1);
		ck_assert_int_lt(i, 100);
	}
	ck_assert_ptr_eq(strstr(read_output(), "started\n{\"event\""),
			 read_output());
	close_hook();
}

TEST(what_it_does_not_read_is_lost_and_told)
{
	open_hook("while [ ! -e $out.go ]; do sleep 0.05; done; rm $out.go\n"
		  "exec grep -a lost >>$out");
	for (int i = 0; hook.lost.untold == 0; i++) {
		tell("a");
		ck_assert_int_lt(i, 100000);
	}
	tell("a");
	ck_assert_uint_ge(hook.lost.untold, 2);
	snprintf(program, sizeof(program), "%s/out.go", folder);
	close(open(program, O_CREAT | O_WRONLY, 0600));
	TURN_UNTIL(hook.queue.len == 0);
	tell("a");
	ck_assert_uint_eq(hook.lost.untold, 0);
	TURN_UNTIL(hook.queue.len == 0);
	snprintf(program, sizeof(program), "%s/hook", folder);
	hook_command_close(&hook);
	close(fd);
	TURN_UNTIL(has("{\"event\":\"lost\",\"count\":"));
	hook_command_open(&hook, turn_loop(), -1, &events);
	fd = open("/dev/null", O_RDONLY);
	close_hook();
}

TEST(a_program_of_mod_fcgid_tells_nothing)
{
	struct subscriber_event event = {.channel = text_of("a"),
					 .technique = "sse",
					 .id = "tab",
					 .address = "",
					 .is_alone = true};

	open_hook("exec cat >>$out");
	events.listeners[0].tell(events.listeners[0].arg, &event);
	tell("b");
	TURN_UNTIL(has("\"b\""));
	ck_assert(!has("\"a\""));
	close_hook();
}

TEST(after_it_begins_anew_the_program_has_the_same_pipe)
{
	open_hook("exec cat >>$out");
	hook_keeper_pass(fd, program);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_int_eq(hook_keeper_start(program), fd);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	ck_assert_ptr_null(getenv("PUSH_HOOK_PIPE"));
	close_hook();
}

static void
begin_anew_with(const char *hook_program)
{
	int other;

	open_hook("cat >>$out; echo over >>$out");
	tell("a");
	TURN_UNTIL(has("\"a\""));
	hook_command_close(&hook);
	hook_keeper_pass(fd, program);
	other = hook_keeper_start(hook_program);
	ck_assert_ptr_null(getenv("PUSH_HOOK_PIPE"));
	TURN_UNTIL(has("over"));
	if (hook_program[0] == '\0')
		ck_assert_int_eq(other, -1);
	else
		close(other);
	hook_command_open(&hook, turn_loop(), -1, &events);
	fd = open("/dev/null", O_RDONLY);
	close_hook();
}

TEST(after_it_begins_anew_with_another_program_the_old_one_ends)
{
	begin_anew_with("/nowhere");
}

TEST(after_it_begins_anew_with_none_the_old_one_ends)
{
	begin_anew_with("");
}
