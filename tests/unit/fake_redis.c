/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/fake_redis.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ev.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

TESTS_NEED_PROCESSES

enum { PEERS_MAX = 64, ANSWERS_MAX = 16, SEEN_SIZE = 256, WORDS_MAX = 4096 };

struct peer {
	struct ev_io io; /* fd -1: closed */
	struct buf in;
	char seen[SEEN_SIZE]; /* the first words of commands, with spaces */
};

struct fake_redis fake_redis;

static struct {
	int fd;
	struct ev_io io;
	struct peer peers[PEERS_MAX];
	struct {
		const char *command, *bytes;
	} answers[ANSWERS_MAX];
} fake = {.fd = -1};

/* --- answers -------------------------------------------------------------- */

static void
say(struct peer *p, const char *bytes, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = send(p->io.fd, bytes, len, MSG_NOSIGNAL);
		if (n < 0)
			return; /* the other end has closed it */
		bytes += n;
		len -= (size_t)n;
	}
}

/* As Redis, it sends the answers to what it has read together. */
static void
cork(struct peer *p, int on)
{
	setsockopt(p->io.fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

static void
say_text(struct peer *p, const char *text)
{
	say(p, text, strlen(text));
}

static void
confirm(struct peer *p, struct text *words, size_t count)
{
	struct buf out;

	buf_init(&out, SIZE_MAX);
	for (size_t i = 1; i < count; i++)
		buf_printf(&out, "*3\r\n$%zu\r\n%.*s\r\n$%zu\r\n%.*s\r\n:1\r\n",
			   words[0].len, (int)words[0].len, words[0].bytes,
			   words[i].len, (int)words[i].len, words[i].bytes);
	say(p, out.bytes, out.len);
	buf_free(&out);
}

static void
answer_info(struct peer *p)
{
	char info[256], reply[300];

	snprintf(info, sizeof(info),
		 "# Server\r\nredis_version:7.0.15\r\nrun_id:%s\r\n",
		 fake_redis.run_id != NULL ? fake_redis.run_id : "abc");
	snprintf(reply, sizeof(reply), "$%zu\r\n%s\r\n", strlen(info), info);
	say_text(p, reply);
}

static const char **
find_answer(struct text command)
{
	for (size_t i = 0; i < ANSWERS_MAX; i++)
		if (fake.answers[i].command != NULL &&
		    text_is(command, fake.answers[i].command))
			return &fake.answers[i].bytes;
	return NULL;
}

static void
answer(struct peer *p, struct text *words, size_t count)
{
	const char **said = find_answer(words[0]);

	if (said != NULL && *said != NULL)
		say_text(p, *said);
	else if (text_is(words[0], "subscribe") ||
		 text_is(words[0], "unsubscribe"))
		confirm(p, words, count);
	else if (text_is(words[0], "INFO"))
		answer_info(p);
	else
		say_text(p,
			 text_is(words[0], "PING") ? "+PONG\r\n" : "+OK\r\n");
}

/* --- commands ------------------------------------------------------------- */

static void
note(struct peer *p, struct text *words, size_t count)
{
	size_t at = strlen(fake_redis.got), seen = strlen(p->seen);

	for (size_t i = 0; i < count && at < FAKE_REDIS_GOT_SIZE; i++)
		at += (size_t)snprintf(fake_redis.got + at,
				       FAKE_REDIS_GOT_SIZE - at, "%.*s ",
				       (int)words[i].len, words[i].bytes);
	if (at < FAKE_REDIS_GOT_SIZE)
		snprintf(fake_redis.got + at, FAKE_REDIS_GOT_SIZE - at, ";");
	if (seen + words[0].len + 2 < SEEN_SIZE)
		snprintf(p->seen + seen, SEEN_SIZE - seen, "%.*s ",
			 (int)words[0].len, words[0].bytes);
}

/* Reads `<kind><number>CRLF`. False: it is not complete. */
static bool
read_number(struct text *rest, size_t *number)
{
	struct text line;

	if (!text_cut(rest, '\n', &line))
		return false;
	ck_assert_uint_gt(line.len, 1);
	*number = strtoul(line.bytes + 1, NULL, 10);
	return true;
}

/* False: no command is complete. */
static bool
take_command(struct peer *p)
{
	static struct text words[WORDS_MAX];
	struct text rest = {p->in.bytes, p->in.len};
	size_t count, len, i;

	if (!read_number(&rest, &count))
		return false;
	ck_assert_uint_le(count, WORDS_MAX);
	for (i = 0; i < count; i++) {
		if (!read_number(&rest, &len) || rest.len < len + 2)
			return false;
		words[i] = (struct text){rest.bytes, len};
		rest.bytes += len + 2;
		rest.len -= len + 2;
	}
	note(p, words, count);
	answer(p, words, count);
	buf_consume(&p->in, p->in.len - rest.len);
	return true;
}

/* --- connections ---------------------------------------------------------- */

static void
close_peer(struct peer *p)
{
	if (p->io.fd < 0)
		return;
	ev_io_stop(turn_loop(), &p->io);
	close(p->io.fd);
	p->io.fd = -1;
	buf_free(&p->in);
}

static void
readable(struct ev_loop *loop, ev_io *io, int revents)
{
	static char bytes[256 * 1024];
	struct peer *p = io->data;
	ssize_t n = recv(io->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	(void)loop;
	(void)revents;
	if (n <= 0) {
		close_peer(p);
		return;
	}
	fake_redis.reads++;
	buf_put(&p->in, bytes, (size_t)n);
	cork(p, 1);
	while (p->io.fd >= 0 && p->in.len > 0 && take_command(p))
		;
	cork(p, 0);
}

static void
accept_peer(struct ev_loop *loop, ev_io *io, int revents)
{
	int fd = accept4(io->fd, NULL, NULL, SOCK_CLOEXEC);
	struct peer *p = fake.peers;

	(void)revents;
	ck_assert_int_ge(fd, 0);
	while (p->io.fd >= 0)
		ck_assert(++p < fake.peers + PEERS_MAX);
	buf_init(&p->in, SIZE_MAX);
	p->seen[0] = '\0';
	ev_io_init(&p->io, readable, fd, EV_READ);
	p->io.data = p;
	ev_io_start(loop, &p->io);
	fake_redis.accepted++;
	if (fake_redis.unasked == NULL)
		return;
	say_text(p, fake_redis.unasked);
	close_peer(p);
}

void
fake_redis_open(struct conf *conf)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);

	memset(&fake_redis, 0, sizeof(fake_redis));
	for (struct peer *p = fake.peers; p < fake.peers + PEERS_MAX; p++)
		p->io.fd = -1;
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fake.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fake.fd, (void *)&sin, sizeof(sin)), 0);
	ck_assert_int_eq(listen(fake.fd, PEERS_MAX), 0);
	ck_assert_int_eq(getsockname(fake.fd, (void *)&sin, &len), 0);
	fake_redis.port = ntohs(sin.sin_port);
	ev_io_init(&fake.io, accept_peer, fake.fd, EV_READ);
	ev_io_start(turn_loop(), &fake.io);
	conf_init(conf);
	snprintf(conf->bus_url, sizeof(conf->bus_url), "redis://127.0.0.1:%u",
		 fake_redis.port);
	ck_assert_ptr_null(redis_url_parse(&conf->redis, conf->bus_url));
}

void
fake_redis_close(void)
{
	for (struct peer *p = fake.peers; p < fake.peers + PEERS_MAX; p++)
		close_peer(p);
	ev_io_stop(turn_loop(), &fake.io);
	close(fake.fd);
	fake.fd = -1;
}

/* --- what tests do -------------------------------------------------------- */

void
fake_redis_answer(const char *command, const char *bytes)
{
	const char **said = find_answer(text_of(command));
	size_t i = 0;

	if (said != NULL) {
		*said = bytes;
		return;
	}
	while (fake.answers[i].command != NULL)
		ck_assert_uint_lt(++i, ANSWERS_MAX);
	fake.answers[i].command = command;
	fake.answers[i].bytes = bytes;
}

static struct peer *
find_peer(const char *command)
{
	char want[64];

	snprintf(want, sizeof(want), "%s ", command);
	for (struct peer *p = fake.peers; p < fake.peers + PEERS_MAX; p++)
		if (p->io.fd >= 0 && strstr(p->seen, want) != NULL)
			return p;
	ck_abort_msg("no connection has sent %s", command);
}

void
fake_redis_say(const char *command, const char *bytes, size_t len)
{
	say(find_peer(command), bytes, len);
}

void
fake_redis_hang_up(const char *command)
{
	close_peer(find_peer(command));
}
