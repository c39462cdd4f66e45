/* SPDX-License-Identifier: MIT */
/* shared/bus/redis_tls.c, with a Redis that has a TLS port */
#include "config.h"

#include "shared/bus/redis_tls.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/certificates.h"
#include "tests/unit/redis_server.h"

enum { PIECE = 4096, WAIT_MS = 20000, BIG = 200 * 1000 };

static struct {
	char directory[40];
	unsigned int port;
	struct conf conf;
	struct redis_tls *tls;
	int fd, reserved;
	struct buf received; /* bytes of the protocol */
	size_t feed_size;    /* at most so many bytes at once */
} t;

static struct sockaddr_in
loopback(unsigned int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((uint16_t)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* A port that nothing else takes: its socket stays open, and Redis, which also
 * sets SO_REUSEADDR, may bind to it as long as this one does not listen. */
static unsigned int
reserve_port(void)
{
	struct sockaddr_in address = loopback(0);
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	ck_assert_int_eq(
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	t.reserved = fd;
	return ntohs(address.sin_port);
}

/* Sets a setting to the path of a certificate or key. */
static void
use_file(char **setting, const char *name)
{
	char path[CERTIFICATES_PATH_SIZE];

	certificates_path(path, t.directory, name);
	conf_set_text(setting, path);
}

/* A Redis that asks for certificates of clients, or, with "no", does not. */
static void
start_redis(const char *auth_clients)
{
	char port[16], cert[CERTIFICATES_PATH_SIZE];
	char key[CERTIFICATES_PATH_SIZE], ca[CERTIFICATES_PATH_SIZE];
	const char *options[] = {"--bind",
				 "127.0.0.1",
				 "--tls-port",
				 port,
				 "--tls-cert-file",
				 cert,
				 "--tls-key-file",
				 key,
				 "--tls-ca-cert-file",
				 ca,
				 "--tls-auth-clients",
				 auth_clients,
				 NULL};

	strcpy(t.directory, "/tmp/test_redis_tls.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(t.directory));
	certificates_make(t.directory);
	certificates_path(cert, t.directory, "redis.crt");
	certificates_path(key, t.directory, "redis.key");
	certificates_path(ca, t.directory, "ca.crt");
	t.port = reserve_port();
	snprintf(port, sizeof(port), "%u", t.port);
	redis_server_start_with(options);
	conf_init(&t.conf);
	use_file(&t.conf.bus_tls_ca, "ca.crt");
	t.feed_size = PIECE;
}

static void
open_tls(const char *server)
{
	struct sockaddr_in address = loopback(t.port);

	t.fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(
	    connect(t.fd, (struct sockaddr *)&address, sizeof(address)), 0);
	t.tls = redis_tls_open(&t.conf, server);
	buf_init(&t.received, 2 * BIG);
}

static void
finish(void)
{
	char command[80];

	redis_tls_free(t.tls);
	close(t.fd);
	close(t.reserved);
	buf_free(&t.received);
	snprintf(command, sizeof(command), "rm -r '%s'", t.directory);
	ck_assert_int_eq(system(command), 0);
}

static void
flush(void)
{
	char bytes[PIECE];
	size_t len;

	while ((len = redis_tls_take(t.tls, bytes, sizeof(bytes))) > 0)
		ck_assert_int_eq(send(t.fd, bytes, len, MSG_NOSIGNAL),
				 (ssize_t)len);
}

/* Waits for bytes from Redis. False: it closed the connection. */
static bool
receive(void)
{
	struct pollfd readable = {.fd = t.fd, .events = POLLIN};
	char bytes[PIECE];
	ssize_t len;
	size_t n;

	flush();
	ck_assert_int_eq(poll(&readable, 1, WAIT_MS), 1);
	len = recv(t.fd, bytes, t.feed_size, 0);
	if (len <= 0)
		return false;
	redis_tls_feed(t.tls, bytes, (size_t)len);
	while ((n = redis_tls_read(t.tls, bytes, sizeof(bytes))) > 0)
		buf_put(&t.received, bytes, n);
	return true;
}

static void
shake_hands(void)
{
	while (!redis_tls_is_ready(t.tls)) {
		ck_assert_msg(redis_tls_fault(t.tls) == NULL, "%s",
			      redis_tls_fault(t.tls));
		ck_assert(receive());
	}
}

/* Sends a command and waits for a response of that length. */
static void
ask(const char *command, size_t response)
{
	buf_clear(&t.received);
	redis_tls_write(t.tls, command, strlen(command));
	while (t.received.len < response) {
		ck_assert_msg(redis_tls_fault(t.tls) == NULL, "%s",
			      redis_tls_fault(t.tls));
		ck_assert(receive());
	}
	ck_assert_uint_eq(t.received.len, response);
}

/* Sends a command, if it comes to that, and waits for a fault. */
static void
assert_fault(const char *want)
{
	bool sent = false;

	while (redis_tls_fault(t.tls) == NULL) {
		if (redis_tls_is_ready(t.tls) && !sent)
			redis_tls_write(t.tls, "PING\r\n", 6);
		sent = redis_tls_is_ready(t.tls);
		if (!receive())
			break;
	}
	ck_assert_msg(redis_tls_fault(t.tls) != NULL, "no fault");
	ck_assert_msg(strstr(redis_tls_fault(t.tls), want) != NULL, "%s",
		      redis_tls_fault(t.tls));
	ck_assert(!redis_tls_is_ready(t.tls));
	finish();
}

TEST(a_command_and_its_reply)
{
	start_redis("no");
	open_tls("127.0.0.1");
	shake_hands();
	ask("PING\r\n", 7);
	suite_assert_bytes(&t.received, "+PONG\r\n");
	finish();
}

TEST(the_bytes_may_come_one_by_one)
{
	start_redis("no");
	t.feed_size = 1;
	open_tls("127.0.0.1");
	shake_hands();
	ask("PING\r\n", 7);
	suite_assert_bytes(&t.received, "+PONG\r\n");
	finish();
}

TEST(long_commands_and_replies)
{
	char *command = malloc(BIG + 100);
	int head;

	ck_assert_ptr_nonnull(command);
	start_redis("no");
	open_tls("127.0.0.1");
	shake_hands();
	head = sprintf(command, "*2\r\n$4\r\nECHO\r\n$%d\r\n", BIG);
	memset(command + head, 'x', BIG);
	strcpy(command + head + BIG, "\r\n");
	ask(command, (size_t)head - 14 + BIG + 2);
	ck_assert(memcmp(t.received.bytes, command + 14, t.received.len) == 0);
	free(command);
	finish();
}

TEST(the_certificate_may_name_the_host)
{
	start_redis("no");
	open_tls("redis.test");
	shake_hands();
	ask("PING\r\n", 7);
	finish();
}

TEST(a_certificate_of_another_name_is_refused)
{
	start_redis("no");
	open_tls("other.test");
	assert_fault("certificate of Redis: hostname mismatch");
}

TEST(a_certificate_of_another_address_is_refused)
{
	start_redis("no");
	open_tls("127.0.0.2");
	assert_fault("certificate of Redis: IP address mismatch");
}

TEST(a_certificate_of_another_authority_is_refused)
{
	start_redis("no");
	use_file(&t.conf.bus_tls_ca, "other-ca.crt");
	open_tls("127.0.0.1");
	assert_fault("certificate of Redis: ");
}

TEST(without_tls_ca_the_authorities_of_the_system_count)
{
	start_redis("no");
	conf_set_text(&t.conf.bus_tls_ca, "");
	open_tls("127.0.0.1");
	assert_fault("certificate of Redis: ");
}

TEST(redis_gets_the_certificate_of_the_client)
{
	start_redis("yes");
	use_file(&t.conf.bus_tls_cert, "client.pem");
	open_tls("127.0.0.1");
	shake_hands();
	ask("PING\r\n", 7);
	finish();
}

TEST(the_key_of_the_client_may_be_in_a_file_of_its_own)
{
	start_redis("yes");
	use_file(&t.conf.bus_tls_cert, "client.crt");
	use_file(&t.conf.bus_tls_key, "client.key");
	open_tls("127.0.0.1");
	shake_hands();
	ask("PING\r\n", 7);
	finish();
}

TEST(redis_refuses_a_client_without_a_certificate)
{
	start_redis("yes");
	open_tls("127.0.0.1");
	assert_fault("certificate required");
}

TEST(a_file_that_cannot_be_used_is_a_fault_that_names_the_setting)
{
	start_redis("no");
	conf_set_text(&t.conf.bus_tls_ca, "/nowhere/ca.crt");
	open_tls("127.0.0.1");
	ck_assert_str_eq(redis_tls_fault(t.tls),
			 "bus.tls_ca: No such file or directory");
	redis_tls_free(t.tls);
	conf_set_text(&t.conf.bus_tls_ca, "");
	conf_set_text(&t.conf.bus_tls_cert, "/nowhere/client.crt");
	t.tls = redis_tls_open(&t.conf, "127.0.0.1");
	ck_assert(strncmp(redis_tls_fault(t.tls), "bus.tls_cert: ", 14) == 0);
	redis_tls_free(t.tls);
	use_file(&t.conf.bus_tls_cert, "client.crt");
	t.tls = redis_tls_open(&t.conf, "127.0.0.1");
	ck_assert(strncmp(redis_tls_fault(t.tls), "bus.tls_key: ", 13) == 0);
	finish();
}

TEST(a_key_with_a_password_is_a_fault)
{
	start_redis("no");
	use_file(&t.conf.bus_tls_cert, "client.crt");
	use_file(&t.conf.bus_tls_key, "locked.key");
	open_tls("127.0.0.1");
	ck_assert(strncmp(redis_tls_fault(t.tls), "bus.tls_key: ", 13) == 0);
	finish();
}

TEST(a_server_without_tls_is_a_fault)
{
	start_redis("no");
	open_tls("127.0.0.1");
	redis_tls_feed(t.tls, "-ERR no TLS here\r\n", 18);
	assert_fault("TLS: wrong version number");
}

TEST(the_end_of_tls_is_a_fault)
{
	start_redis("no");
	open_tls("127.0.0.1");
	shake_hands();
	redis_tls_write(t.tls, "QUIT\r\n", 6);
	while (receive())
		;
	ck_assert_str_eq(redis_tls_fault(t.tls), "TLS: closed by Redis");
	finish();
}
