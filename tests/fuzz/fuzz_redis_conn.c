/* SPDX-License-Identifier: MIT */
/*
 * fuzz_redis_conn.c - any bytes as what Redis sends to a connection.
 *
 * The first byte selects the connection and how the others are split: FLAG_UP,
 * it is up before they come; FLAG_SUBSCRIBES, it waits for names, otherwise for
 * replies. Each command gets one reply, and the connection ends well.
 */
#include "config.h"

#include <ev.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/base/log.h"
#include "shared/bus/redis_conn.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_set.h"
#include "tests/fuzz/fuzz.h"

enum {
	FLAG_UP = 1,
	FLAG_SUBSCRIBES = 2,
	FLAG_SPLIT = 4,
	COMMANDS = 3,
	PATIENCE = 1000
};

static const char GREETING[] = "+PONG\r\n$12\r\nrun_id:abc\r\n\r\n";

static struct ev_loop *loop;
static struct conf conf;
static char folder[] = "/tmp/pushcgi-fuzz-XXXXXX";
static int listener;

static struct {
	bool up;
	size_t replies;
	size_t bytes; /* seen in replies */
} state;

/* --- the connection ------------------------------------------------------- */

/* Reads all of a reply, so that sanitizers see it. */
static void
read_reply(const struct redis_reply *reply)
{
	const char *error = redis_reply_error(reply);
	struct text text = redis_reply_string(reply);

	state.bytes += error != NULL ? strlen(error) : 0;
	for (size_t i = 0; i < text.len; i++)
		state.bytes += text.bytes[i] != '\0';
	for (size_t i = 0; i < redis_reply_count(reply); i++)
		read_reply(redis_reply_at(reply, i));
	state.bytes += redis_reply_integer(reply) != 0;
}

static void
answered(void *arg, const struct redis_reply *reply)
{
	(void)arg;
	state.replies++;
	if (reply != NULL)
		read_reply(reply);
}

static void
went_up(void *arg)
{
	(void)arg;
	check(!state.up);
	state.up = true;
}

static void
went_down(void *arg, const char *reason)
{
	(void)arg;
	check(strncmp(reason, folder, strlen(folder)) == 0);
	state.up = false;
}

static void
received(void *arg, const struct redis_reply *reply)
{
	(void)arg;
	check(redis_reply_count(reply) == 3);
	read_reply(reply);
}

static void
refused(void *arg, struct text name, const char *error)
{
	(void)arg;
	check(name.len == 1 && error != NULL);
}

static const struct redis_conn_handler commands = {
    .up = went_up,
    .down = went_down,
};

static const struct redis_conn_handler subscription = {
    .up = went_up,
    .down = went_down,
    .received = received,
    .refused = refused,
};

/* --- the other end -------------------------------------------------------- */

static void
remove_folder(void)
{
	unlink(conf.redis.path);
	rmdir(folder);
}

static void
start(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	log_open("fuzz", LOG_LEVEL_ERROR, LOG_TO_STDERR);
	check(mkdtemp(folder) != NULL);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/redis.sock", folder);
	listener =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	check(bind(listener, (void *)&sun, sizeof(sun)) == 0);
	check(listen(listener, 8) == 0);
	conf_init(&conf);
	conf.redis = (struct redis_url){.host = ""};
	snprintf(conf.redis.path, sizeof(conf.redis.path), "%s", sun.sun_path);
	atexit(remove_folder);
	loop = ev_loop_new(EVFLAG_AUTO);
	check(loop != NULL);
}

static int
accept_conn(void)
{
	int fd = -1;

	for (int i = 0; i < PATIENCE && fd < 0; i++) {
		ev_run(loop, EVRUN_NOWAIT);
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	}
	check(fd >= 0);
	return fd;
}

/* Those that were made when the connection retried. */
static void
drop_conns(void)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		close(fd);
}

/* The connection may have ended meanwhile. */
static void
say(int fd, const void *bytes, size_t len)
{
	if (send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
	for (int i = 0; i < 3; i++)
		ev_run(loop, EVRUN_NOWAIT);
}

static void
say_split(int fd, const uint8_t *bytes, size_t len, size_t most)
{
	size_t size;

	for (; len > 0; bytes += size, len -= size) {
		size = len < most ? len : most;
		say(fd, bytes, size);
	}
}

static size_t
ask(struct redis_conn *conn, bool subscribes)
{
	const char *words[] = {"GET", "a", NULL};
	size_t sent = 0;

	for (int i = 0; i < COMMANDS && !subscribes; i++)
		sent += redis_conn_command(conn, words, answered, NULL);
	if (subscribes) {
		redis_conn_subscribe(conn, "a");
		redis_conn_subscribe(conn, "b");
		redis_conn_unsubscribe(conn, "c");
	}
	ev_run(loop, EVRUN_NOWAIT);
	return sent;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	bool subscribes;
	struct redis_conn *conn;
	size_t sent = 0;
	int fd;

	if (len == 0)
		return 0;
	if (loop == NULL)
		start();
	memset(&state, 0, sizeof(state));
	subscribes = (bytes[0] & FLAG_SUBSCRIBES) != 0;
	conn = redis_conn_open(loop, &conf, "fuzz",
			       subscribes ? &subscription : &commands, NULL);
	fd = accept_conn();
	if (bytes[0] & FLAG_UP) {
		for (int i = 0; i < PATIENCE && !state.up; i++)
			say(fd, i == 0 ? GREETING : "",
			    i == 0 ? sizeof(GREETING) - 1 : 0);
		check(state.up);
		sent = ask(conn, subscribes);
	}
	say_split(fd, bytes + 1, len - 1, bytes[0] & FLAG_SPLIT ? 3 : 4096);
	check(state.replies <= sent);
	redis_conn_close(conn);
	check(state.replies == sent);
	close(fd);
	drop_conns();
	return 0;
}
