/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/redis_server.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/bus/script.h"
#include "shared/conf/conf_set.h"
#include "shared/model/rules.h"

TESTS_NEED_PROCESSES

enum {
	RESPONSE_SIZE = 64 * 1024,
	HOME_SIZE = 80,
	PATH_SIZE = 100,
	LINE_SIZE = 200,
	START_TRIES = 4000,
	WORDS_MAX = 32
};

#define LOG "redis.log"

static struct {
	const char *program;
	char home[HOME_SIZE];	   /* of all tests of this program */
	char directory[PATH_SIZE]; /* "": none */
	char socket[PATH_SIZE];
	pid_t pid; /* 0: not running */
	redisContext *admin;
} server;

/* --- the server ----------------------------------------------------------- */

static bool
is_installed(const char *name)
{
	char command[PATH_SIZE + 40];

	snprintf(command, sizeof(command),
		 "command -v -- '%.80s' >/dev/null 2>&1", name);
	return system(command) == 0;
}

/* NULL: none is installed. */
static const char *
find_program(void)
{
	static const char *const known[] = {"redis-server", "valkey-server"};
	const char *name = getenv("PUSHCGI_REDIS");

	if (name != NULL && *name != '\0')
		return is_installed(name) ? name : NULL;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (is_installed(known[i]))
			return known[i];
	return NULL;
}

/* --- start and stop ------------------------------------------------------- */

void
redis_server_kill(void)
{
	if (server.admin != NULL)
		redisFree(server.admin);
	server.admin = NULL;
	if (server.pid == 0)
		return;
	kill(server.pid, SIGKILL);
	waitpid(server.pid, NULL, 0);
	server.pid = 0;
	unlink(server.socket);
}

void
redis_server_prepare(void)
{
	redis_server_kill(); /* of the previous test, with CK_FORK=no */
	snprintf(server.directory, PATH_SIZE, "%s/XXXXXX", server.home);
	ck_assert_ptr_nonnull(mkdtemp(server.directory));
	snprintf(server.socket, PATH_SIZE, "%.80s/redis.sock",
		 server.directory);
}

static void
become_server(const char *const *options)
{
	const char *words[WORDS_MAX] = {server.program,
					"--port",
					"0",
					"--unixsocket",
					server.socket,
					"--dir",
					server.directory,
					"--save",
					"",
					"--appendonly",
					"no",
					"--daemonize",
					"no"};
	char *copies[WORDS_MAX] = {NULL};

	for (size_t i = 0; i < WORDS_MAX - 1; i++) {
		if (words[i] == NULL && options != NULL)
			words[i] = *options++;
		if (words[i] == NULL)
			break;
		copies[i] = strdup(words[i]);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (chdir(server.directory) != 0 || freopen(LOG, "w", stdout) == NULL)
		_exit(127);
	execvp(copies[0], copies);
	_exit(127);
}

static bool
answers(void)
{
	const struct timespec a_moment = {.tv_nsec = 5 * 1000 * 1000};
	redisContext *admin = redisConnectUnix(server.socket);

	if (admin != NULL && !admin->err) {
		server.admin = admin;
		return strcmp(redis_ask("PING"), "PONG") == 0;
	}
	if (admin != NULL)
		redisFree(admin);
	nanosleep(&a_moment, NULL);
	return false;
}

void
redis_server_connect(void)
{
	server.pid = 0; /* it belongs to the parent process */
	redisFree(server.admin);
	while (!answers())
		;
}

/* With the last line of its log. */
static void
fail_to_start(void)
{
	char path[PATH_SIZE + sizeof(LOG)], line[LINE_SIZE] = "";
	FILE *log;

	snprintf(path, sizeof(path), "%s/%s", server.directory, LOG);
	log = fopen(path, "r");
	while (log != NULL && fgets(line, sizeof(line), log) != NULL)
		;
	ck_abort_msg("%s does not start: %s", server.program, line);
}

void
redis_server_start(void)
{
	redis_server_start_with(NULL);
}

void
redis_server_start_with(const char *const *options)
{
	int tries = START_TRIES;

	if (server.directory[0] == '\0' || server.pid != 0)
		redis_server_prepare();
	fflush(NULL);
	server.pid = fork();
	ck_assert_int_ge(server.pid, 0);
	if (server.pid == 0)
		become_server(options);
	while (!answers())
		if (--tries == 0 || waitpid(server.pid, NULL, WNOHANG) != 0)
			fail_to_start();
}

void
redis_server_freeze(void)
{
	ck_assert_int_eq(kill(server.pid, SIGSTOP), 0);
}

void
redis_server_thaw(void)
{
	ck_assert_int_eq(kill(server.pid, SIGCONT), 0);
}

void
redis_server_conf(struct conf *conf, const char *before, const char *after)
{
	conf_init(conf);
	snprintf(conf->bus_url, sizeof(conf->bus_url), "unix://%s%s%s", before,
		 server.socket, after);
	ck_assert_ptr_null(redis_url_parse(&conf->redis, conf->bus_url));
}

/* --- commands ------------------------------------------------------------- */

static size_t
put_reply(char *out, size_t room, const redisReply *r)
{
	size_t at = 0;

	out[0] = '\0';
	switch (r->type) {
	case REDIS_REPLY_INTEGER:
		return (size_t)snprintf(out, room, "%lld", r->integer);
	case REDIS_REPLY_NIL:
		return (size_t)snprintf(out, room, "nil");
	case REDIS_REPLY_ERROR:
		ck_abort_msg("Redis: %s", r->str);
	case REDIS_REPLY_ARRAY:
		for (size_t i = 0; i < r->elements && at < room; i++) {
			if (i > 0)
				out[at++] = ' ';
			at += put_reply(out + at, room - at, r->element[i]);
		}
		return at;
	default:
		return (size_t)snprintf(out, room, "%s", r->str);
	}
}

const char *
redis_ask(const char *format, ...)
{
	static char response[RESPONSE_SIZE];
	redisReply *reply;
	va_list arguments;

	ck_assert_ptr_nonnull(server.admin);
	va_start(arguments, format);
	reply = redisvCommand(server.admin, format, arguments);
	va_end(arguments);
	if (reply == NULL)
		ck_abort_msg("Redis: %s", server.admin->errstr);
	ck_assert_uint_lt(put_reply(response, RESPONSE_SIZE, reply),
			  RESPONSE_SIZE);
	freeReplyObject(reply);
	return response;
}

const char *
redis_tip(const char *channel)
{
	static char id[ID_TEXT_SIZE];
	const char *value = redis_ask("GET push:{%s}:tip", channel);

	snprintf(id, sizeof(id), "%.*s", (int)strcspn(value, " @"), value);
	return id;
}

static struct id
run_script(const char *channel, const char *data, const char *pubsub)
{
	struct id id = {0, 0};
	const char *response = redis_ask(
	    "EVAL %s 2 push:{%s}:log push:{%s}:tip 1000000 86400 86400 "
	    "2592000 86400 %s 0-0 %s %s %s %s %s",
	    bus_publish_script.text, channel, channel, pubsub, "", "", "", data,
	    "");

	if (!id_parse(&id, (struct text){response, strcspn(response, " ")}))
		ck_abort_msg("Redis answers %s", response);
	return id;
}

struct id
redis_publish(const char *channel, const char *data)
{
	char pubsub[CHANNEL_NAME_MAX + 16];

	snprintf(pubsub, sizeof(pubsub), "push:0:{%s}", channel);
	return run_script(channel, data, pubsub);
}

struct id
redis_store(const char *channel, const char *data)
{
	return run_script(channel, data, "nobody");
}

/* --- the program ---------------------------------------------------------- */

static bool
make_home(void)
{
	const char *parent = getenv("TMPDIR");

	if (parent == NULL || strlen(parent) > HOME_SIZE / 2)
		parent = "/tmp";
	snprintf(server.home, HOME_SIZE, "%s/pushcgi-unit-XXXXXX", parent);
	return mkdtemp(server.home) != NULL;
}

static void
remove_home(void)
{
	char command[HOME_SIZE + 16];

	snprintf(command, sizeof(command), "rm -rf '%s'", server.home);
	if (system(command) != 0)
		perror(server.home);
}

static int
run_with_server(int (*run)(void))
{
	const char *required = getenv("PUSHCGI_REQUIRE");
	int status;

	server.program = find_program();
	if (server.program == NULL) {
		if (required != NULL && strcmp(required, "1") == 0) {
			puts("Bail out! no Redis is installed");
			return EXIT_FAILURE;
		}
		puts("1..0 # SKIP no Redis is installed");
		return EXIT_SUCCESS;
	}
	printf("# Redis: %s\n", server.program);
	if (!make_home()) {
		puts("Bail out! no temporary directory can be made");
		return EXIT_FAILURE;
	}
	setenv("CK_DEFAULT_TIMEOUT", "60", 0);
	signal(SIGPIPE, SIG_IGN);
	log_open("unit", LOG_LEVEL_ERROR, LOG_TO_STDERR);
	status = run();
	redis_server_kill();
	remove_home();
	return status;
}

__attribute__((constructor)) static void
wrap_suite(void)
{
	suite_wrap(run_with_server);
}
