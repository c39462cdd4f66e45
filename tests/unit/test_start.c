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
	s = (struct start){.name = "test"};
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
