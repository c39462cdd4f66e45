/* SPDX-License-Identifier: MIT */
/* shared/app/start.c. */
#include "config.h"

#include "shared/app/start.h"

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/net/listen.h"
#include "tests/unit/suite.h"

enum { UNTOUCHED = -7, SAID_SIZE = 4096 };

static struct start s;
static int status;
static bool hands_off;	     /* the program that reads() */
static char said[SAID_SIZE]; /* on stdout and stderr */

/* Both go to one file from here until listen_to_end(). */
static FILE *
listen_to(int saved[2])
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	fflush(NULL);
	saved[0] = dup(STDOUT_FILENO);
	saved[1] = dup(STDERR_FILENO);
	dup2(fileno(file), STDOUT_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	return file;
}

static void
listen_to_end(FILE *file, const int saved[2])
{
	fflush(NULL);
	dup2(saved[0], STDOUT_FILENO);
	dup2(saved[1], STDERR_FILENO);
	close(saved[0]);
	close(saved[1]);
	rewind(file);
	said[fread(said, 1, SAID_SIZE - 1, file)] = '\0';
	fclose(file);
}

static bool
reads(const char *const arguments[])
{
	static char words[8][64];
	char *argv[10];
	int argc = 0, saved[2];
	bool goes_on;
	FILE *file;

	argv[argc++] = strcpy(words[7], "test.fcgi");
	for (; arguments[argc - 1] != NULL; argc++)
		argv[argc] = strcpy(words[argc - 1], arguments[argc - 1]);
	argv[argc] = NULL;
	s = (struct start){.name = "test", .may_hand_off = hands_off};
	status = UNTOUCHED;
	optind = 0; /* getopt begins anew */
	file = listen_to(saved);
	goes_on = start_read_options(&s, argc, argv, &status);
	listen_to_end(file, saved);
	return goes_on;
}

static bool
finds_socket(void)
{
	int saved[2];
	FILE *file = listen_to(saved);
	bool found = start_find_socket(&s, &status);

	listen_to_end(file, saved);
	return found;
}

static void
assert_said(const char *part)
{
	ck_assert_msg(strstr(said, part) != NULL, "%s", said);
}

TEST(no_options_are_needed)
{
	ck_assert(reads((const char *const[]){NULL}));
	ck_assert_ptr_null(s.conf);
	ck_assert(!s.by_hand);
	ck_assert(!s.print_conf);
	ck_assert(!s.restart);
	ck_assert_str_eq(said, "");
}

TEST(options_set_file_and_address)
{
	ck_assert(
	    reads((const char *const[]){"--conf", "f", "--listen=unix:/x",
					"--print-conf", "--restart", NULL}));
	ck_assert_str_eq(said, "");
	ck_assert(s.print_conf);
	ck_assert(s.restart);
	ck_assert_int_eq(strcmp(s.conf, "f"), 0);
	ck_assert(s.by_hand);
	ck_assert_int_eq(strcmp(s.addresses[START_REQUESTS], "unix:/x"), 0);
}

TEST(help_and_version_print_and_exit_with_0)
{
	ck_assert(!reads((const char *const[]){"--help", NULL}));
	ck_assert_int_eq(status, 0);
	assert_said("Usage: test.fcgi");
	assert_said("--listen ADDRESS");
	ck_assert(!reads((const char *const[]){"--version", NULL}));
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(said, "test.fcgi (pushcgi) " PACKAGE_VERSION "\n");
}

TEST(an_unknown_option_is_a_usage_error)
{
	static const char *const wrong[] = {"--what", "-x", "--conf",
					    "--listen", "--print-conf=1"};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		ck_assert(!reads((const char *const[]){wrong[i], NULL}));
		ck_assert_int_eq(status, 2);
		assert_said("Try --help.");
	}
}

TEST(an_argument_is_a_usage_error)
{
	ck_assert(!reads((const char *const[]){"file", NULL}));
	ck_assert_int_eq(status, 2);
	assert_said("Unexpected argument");
}

TEST(the_address_of_listen_is_opened)
{
	s = (struct start){.name = "test"};
	s.by_hand = true;
	s.addresses[START_REQUESTS] = "tcp:127.0.0.1:0";
	ck_assert(finds_socket());
	ck_assert(listen_is_listening(s.fds[START_REQUESTS]));
	ck_assert(!s.cgi);
	close(s.fds[START_REQUESTS]);
}

TEST(an_address_that_cannot_be_opened_is_an_error)
{
	s = (struct start){.name = "test"};
	s.by_hand = true;
	s.addresses[START_REQUESTS] = "nonsense";
	ck_assert(!finds_socket());
	ck_assert_int_eq(status, EXIT_FAILURE);
	assert_said("test.fcgi: --listen nonsense: expected");
}

/* With descriptor 0 as `fd`, which it closes. */
static bool
finds_socket_with(int fd)
{
	int saved = dup(STDIN_FILENO);
	bool found;

	ck_assert_int_ge(fd, 0);
	dup2(fd, STDIN_FILENO);
	close(fd);
	s = (struct start){.name = "test"};
	found = finds_socket();
	dup2(saved, STDIN_FILENO);
	close(saved);
	return found;
}

TEST(descriptor_0_is_used_when_it_listens)
{
	char error[LISTEN_ERROR_SIZE];

	setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
	ck_assert(finds_socket_with(listen_open("tcp:127.0.0.1:0", error)));
	ck_assert_int_eq(s.fds[START_REQUESTS], STDIN_FILENO);
	ck_assert(!s.cgi);
	unsetenv("GATEWAY_INTERFACE");
}

TEST(with_gateway_interface_it_is_plain_cgi)
{
	int ends[2];

	setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
	ck_assert(finds_socket_with(open("/dev/null", O_RDONLY)));
	ck_assert(s.cgi);
	ck_assert_int_eq(s.fds[START_REQUESTS], -1);
	/* mod_cgid: a connected socket, not a listening one */
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert(finds_socket_with(ends[0]));
	ck_assert(s.cgi);
	close(ends[1]);
	unsetenv("GATEWAY_INTERFACE");
}

TEST(without_a_socket_it_is_a_usage_error)
{
	unsetenv("GATEWAY_INTERFACE");
	ck_assert(!finds_socket_with(open("/dev/null", O_RDONLY)));
	ck_assert_int_eq(status, 2);
	assert_said("--listen");
}

/* --- the hand-off --------------------------------------------------------- */

static bool
reads_handoff(bool may_hand_off, const char *const arguments[])
{
	hands_off = may_hand_off;
	return reads(arguments);
}

TEST(the_two_options_of_a_hand_off_may_stand_beside_listen)
{
	ck_assert(reads_handoff(
	    true, (const char *const[]){"--handoff", "unix:/x", "--authorizer",
					"tcp:127.0.0.1:1", NULL}));
	ck_assert(s.by_hand);
	ck_assert_ptr_null(s.addresses[START_REQUESTS]);
	ck_assert(reads_handoff(
	    true, (const char *const[]){"--handoff", "unix:/x", "--authorizer",
					"tcp:127.0.0.1:1", "--listen",
					"unix:/y", NULL}));
	ck_assert_str_eq(said, "");
}

TEST(one_option_of_a_hand_off_alone_is_a_usage_error)
{
	ck_assert(!reads_handoff(
	    true, (const char *const[]){"--handoff", "unix:/x", NULL}));
	ck_assert_int_eq(status, 2);
	assert_said("need each other");
	ck_assert(!reads_handoff(
	    true,
	    (const char *const[]){"--authorizer", "tcp:127.0.0.1:1", NULL}));
	ck_assert_int_eq(status, 2);
}

TEST(a_program_that_hands_nobody_off_says_so)
{
	ck_assert(!reads_handoff(
	    false, (const char *const[]){"--handoff", "unix:/x", "--authorizer",
					 "tcp:127.0.0.1:1", NULL}));
	ck_assert_int_eq(status, 2);
	assert_said("no hand-off");
}

TEST(a_hand_off_does_not_begin_anew)
{
	ck_assert(!reads_handoff(
	    true, (const char *const[]){"--handoff", "unix:/x", "--authorizer",
					"tcp:127.0.0.1:1", "--restart", NULL}));
	ck_assert_int_eq(status, 2);
}

static bool
finds_handoff(const char *descriptors, const char *authorizer)
{
	s = (struct start){.name = "test",
			   .may_hand_off = true,
			   .by_hand = true,
			   .addresses = {[START_DESCRIPTORS] = descriptors,
					 [START_AUTHORIZER] = authorizer}};
	return finds_socket();
}

static void
close_sockets(void)
{
	for (size_t i = 0; i < START_SOCKETS; i++)
		if (s.fds[i] >= 0)
			close(s.fds[i]);
}

#define PATH "/tmp/pushcgi-start.sock"

TEST(both_sockets_of_a_hand_off_are_opened)
{
	ck_assert(finds_handoff("unix:" PATH, "tcp:127.0.0.1:0"));
	ck_assert_int_eq(s.fds[START_REQUESTS], -1);
	ck_assert(listen_is_listening(s.fds[START_DESCRIPTORS]));
	ck_assert(listen_is_tcp(s.fds[START_AUTHORIZER]));
	close_sockets();
	unlink(PATH);
}

TEST(an_authorizer_that_other_machines_reach_is_refused)
{
	ck_assert(!finds_handoff("unix:" PATH, "tcp:0.0.0.0:0"));
	ck_assert_int_eq(status, EXIT_FAILURE);
	assert_said("Other machines must not connect");
	close_sockets();
	unlink(PATH);
}

TEST(the_kinds_of_the_two_sockets_are_checked)
{
	ck_assert(!finds_handoff("tcp:127.0.0.1:0", "tcp:127.0.0.1:0"));
	assert_said("takes a unix socket");
	close_sockets();
	ck_assert(!finds_handoff("unix:" PATH, "unix:" PATH "2"));
	assert_said("takes a unix socket");
	close_sockets();
	unlink(PATH);
	unlink(PATH "2");
}

static void
put(int fd, int at)
{
	dup2(fd, at);
	close(fd);
}

/* systemd passes these as descriptors 3 and 4. Check has them for itself, and
 * writes to them when it asserts: not meanwhile. */
static bool
finds_passed(const char *first, const char *second)
{
	enum { HIGH = 100 };
	char error[LISTEN_ERROR_SIZE], pid[16];
	int saved[] = {fcntl(3, F_DUPFD, HIGH), fcntl(4, F_DUPFD, HIGH)};
	int one = fcntl(listen_open(first, error), F_DUPFD, HIGH);
	int two = fcntl(listen_open(second, error), F_DUPFD, HIGH);
	bool found;

	put(one, 3);
	put(two, 4);
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "2", 1);
	s = (struct start){.name = "test", .may_hand_off = true};
	found = start_find_socket(&s, &status);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	for (int i = 0; i < 2; i++)
		if (saved[i] >= 0)
			put(saved[i], 3 + i);
	unlink(PATH);
	return found;
}

TEST(two_sockets_of_systemd_are_told_apart_by_their_family)
{
	ck_assert(finds_passed("unix:" PATH, "tcp:127.0.0.1:0"));
	ck_assert(s.systemd);
	ck_assert_int_eq(s.fds[START_REQUESTS], -1);
	ck_assert_int_eq(s.fds[START_DESCRIPTORS], 3);
	ck_assert_int_eq(s.fds[START_AUTHORIZER], 4);
	ck_assert(finds_passed("tcp:127.0.0.1:0", "unix:" PATH));
	ck_assert_int_eq(s.fds[START_AUTHORIZER], 3);
	ck_assert_int_eq(s.fds[START_DESCRIPTORS], 4);
}

TEST(two_sockets_of_one_family_are_refused)
{
	ck_assert(!finds_passed("tcp:127.0.0.1:0", "tcp:127.0.0.1:0"));
	ck_assert_int_eq(status, EXIT_FAILURE);
}
