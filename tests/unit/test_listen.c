/* SPDX-License-Identifier: MIT */
/* shared/net/listen.c. */
#include "config.h"

#include "shared/net/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/skip.h"
#include "tests/unit/suite.h"

enum { ACCEPTED_MAX = 200 };

static char dir[] = "/tmp/test_listen.XXXXXX";
static char path[64], address[80], error[LISTEN_ERROR_SIZE];
static int accepted[ACCEPTED_MAX];
static size_t count;
static bool no_descriptors; /* for accept4() */
static size_t asked;	    /* calls of accept4() */

static struct ev_loop *loop;
static struct listener l;
static const struct listener *spare_of; /* it has one descriptor to spare */

/* Replaces the C library's: a real shortage would disturb valgrind. */
int
accept4(int fd, UNUSED __SOCKADDR_ARG name, UNUSED socklen_t *len, int flags)
{
	asked++;
	if (!no_descriptors || (spare_of != NULL && spare_of->spare < 0))
		return (int)syscall(SYS_accept4, fd, NULL, NULL, flags);
	errno = EMFILE;
	return -1;
}

static void
start(void)
{
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/socket", dir);
	snprintf(address, sizeof(address), "unix:%s", path);
	count = 0;
}

static void
stop(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static int
open_address(const char *where)
{
	int fd = listen_open(where, error);

	if (fd < 0)
		ck_abort_msg("%s", error);
	return fd;
}

static void
assert_refused(const char *where, const char *why)
{
	error[0] = '\0';
	ck_assert_int_eq(listen_open(where, error), -1);
	ck_assert_ptr_nonnull(strstr(error, where));
	ck_assert_msg(strstr(error, why) != NULL, "%s", error);
}

static int
connect_unix(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(sun.sun_path, path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void
take(void *arg, int fd)
{
	*(size_t *)arg += 1;
	accepted[count - 1] = fd;
}

/* Starts `l` with what open_address() gave. */
static void
listen_on(int fd)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	listen_start(&l, loop, fd, take, &count);
}

static void
listen_at(const char *where)
{
	start();
	listen_on(open_address(where));
}

static void
stop_listening(void)
{
	while (count > 0)
		close(accepted[--count]);
	listen_stop(&l);
	ev_loop_destroy(loop);
	stop();
}

TEST(listen_is_listening_recognizes_a_listening_socket)
{
	int fd, pipe_fds[2];

	start();
	fd = open_address(address);
	ck_assert(listen_is_listening(fd));
	close(fd);
	ck_assert(!listen_is_listening(fd));
	ck_assert_int_eq(pipe(pipe_fds), 0);
	ck_assert(!listen_is_listening(pipe_fds[0]));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert(!listen_is_listening(fd));
	close(fd);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	stop();
}

TEST(a_unix_socket_has_mode_0660_less_the_umask)
{
	static const mode_t masks[] = {0, 022, 077};
	struct stat st;
	mode_t before = umask(0);
	int fd;

	start();
	for (size_t i = 0; i < 3; i++) {
		umask(masks[i]);
		fd = open_address(address);
		ck_assert_int_eq(umask(before), masks[i]);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_int_eq(st.st_mode & 0777, 0660 & ~masks[i]);
		close(fd);
	}
	stop();
}

TEST(a_stale_socket_file_is_replaced)
{
	int fd, client;

	start();
	close(open_address(address));
	fd = open_address(address);
	client = connect_unix();
	close(client);
	close(fd);
	stop();
}

TEST(a_socket_in_use_is_not_replaced)
{
	int fd, client;

	start();
	fd = open_address(address);
	assert_refused(address, "a process listens");
	client = connect_unix();
	close(client);
	close(fd);
	stop();
}

TEST(another_kind_of_file_is_not_replaced)
{
	struct stat st;

	start();
	close(open(path, O_CREAT | O_WRONLY, 0600));
	error[0] = '\0';
	ck_assert_int_eq(listen_open(address, error), -1);
	ck_assert_str_ne(error, "");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	stop();
}

TEST(a_bad_address_is_refused_with_a_reason)
{
	char long_path[200] = "unix:/";

	memset(long_path + 6, 'a', 150);
	assert_refused("", "expected unix:PATH or tcp:HOST:PORT.");
	assert_refused("/run/x", "expected unix:PATH or tcp:HOST:PORT.");
	assert_refused("unix:", "1 to 107 bytes.");
	assert_refused(long_path, "1 to 107 bytes.");
	assert_refused("unix:/nowhere/at/all", "No such file");
	assert_refused("tcp:127.0.0.1", "expected tcp:HOST:PORT.");
	assert_refused("tcp:127.0.0.1:", "expected tcp:HOST:PORT.");
	assert_refused("tcp::80", "expected tcp:HOST:PORT.");
	assert_refused("tcp:127.0.0.1:http", "");
	assert_refused("tcp:192.0.2.1:8000", "annot assign");
}

static void
assert_listens(const char *where, int family)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	int fd = open_address(where);
	int client = socket(family, SOCK_STREAM, 0);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	ck_assert_int_eq(name.ss_family, family);
	ck_assert_int_eq(connect(client, (struct sockaddr *)&name, len), 0);
	ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	close(client);
	close(fd);
}

TEST(tcp_takes_a_host_and_a_port)
{
	assert_listens("tcp:127.0.0.1:0", AF_INET);
}

TEST(tcp_takes_an_ipv6_host_in_brackets)
{
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	struct sockaddr_in6 here = {.sin6_family = AF_INET6,
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	bool has_ipv6 =
	    fd >= 0 && bind(fd, (struct sockaddr *)&here, sizeof(here)) == 0;

	if (has_ipv6)
		assert_listens("tcp:[::1]:0", AF_INET6);
	else
		assert_refused("tcp:[::1]:0", "");
	close(fd);
}

TEST(accepted_sockets_are_nonblocking_and_cloexec)
{
	int client;

	listen_at(address);
	ev_run(loop, EVRUN_NOWAIT);
	ck_assert_uint_eq(count, 0);
	client = connect_unix();
	ev_run(loop, EVRUN_NOWAIT);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_ne(fcntl(accepted[0], F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_ne(fcntl(accepted[0], F_GETFD) & FD_CLOEXEC, 0);
	close(client);
	stop_listening();
}

static int
connect_tcp(int listening)
{
	struct sockaddr_in name;
	socklen_t len = sizeof(name);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(getsockname(listening, (struct sockaddr *)&name, &len),
			 0);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&name, len), 0);
	return fd;
}

static int
option_of(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	ck_assert_int_eq(getsockopt(fd, IPPROTO_TCP, option, &value, &len), 0);
	return value;
}

TEST(accepted_tcp_sockets_have_nodelay)
{
	int client;

	listen_at("tcp:127.0.0.1:0");
	client = connect_tcp(l.fd);
	ev_run(loop, EVRUN_ONCE);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_ne(option_of(accepted[0], TCP_NODELAY), 0);
	close(client);
	stop_listening();
}

static void
check_those_that_waited(bool cork)
{
	int fd = open_address("tcp:127.0.0.1:0"), on = 1, clients[3];

	start();
	if (!cork)
		setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
	clients[0] = connect_tcp(fd);
	clients[1] = connect_tcp(fd);
	listen_on(fd);
	if (cork)
		listen_cork(&l);
	ev_run(loop, EVRUN_ONCE);
	ck_assert_uint_eq(count, 2);
	clients[2] = connect_tcp(fd);
	ev_run(loop, EVRUN_ONCE);
	ck_assert_uint_eq(count, 3);
	for (size_t i = 0; i < count; i++) {
		ck_assert_int_eq(option_of(accepted[i], TCP_CORK) != 0, cork);
		ck_assert_int_eq(option_of(accepted[i], TCP_NODELAY) != 0,
				 !cork);
		close(clients[i]);
	}
	stop_listening();
}

/* systemd has the socket before the program; then it may be another's, too. */
TEST(tcp_sockets_that_waited_for_the_start_have_nodelay)
{
	check_those_that_waited(false);
}

TEST(tcp_sockets_that_waited_for_the_start_are_corked)
{
	check_those_that_waited(true);
}

/* Another process may have used the socket otherwise. */
TEST(a_socket_that_was_corked_before_is_not_any_more)
{
	int fd = open_address("tcp:127.0.0.1:0"), client, on = 1;

	start();
	ck_assert_int_eq(setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on)),
			 0);
	listen_on(fd);
	client = connect_tcp(fd);
	ev_run(loop, EVRUN_ONCE);
	ck_assert_uint_eq(count, 1);
	ck_assert_int_eq(option_of(accepted[0], TCP_CORK), 0);
	close(client);
	stop_listening();
}

TEST(the_bytes_of_a_corked_connection_leave_with_its_end)
{
	struct pollfd waits;
	char bytes[4];
	int client;

	listen_at("tcp:127.0.0.1:0");
	listen_cork(&l);
	client = connect_tcp(l.fd);
	ev_run(loop, EVRUN_ONCE);
	ck_assert_int_eq(write(accepted[0], "all", 3), 3);
	close(accepted[--count]);
	waits = (struct pollfd){.fd = client, .events = POLLRDHUP};
	ck_assert_int_eq(poll(&waits, 1, 30000), 1);
	ck_assert_int_eq(read(client, bytes, sizeof(bytes)), 3);
	ck_assert_int_eq(read(client, bytes, sizeof(bytes)), 0);
	close(client);
	stop_listening();
}

TEST(a_burst_of_connections_is_accepted)
{
	int clients[150];

	listen_at(address);
	for (size_t i = 0; i < 150; i++)
		clients[i] = connect_unix();
	for (int i = 0; i < 5; i++)
		ev_run(loop, EVRUN_NOWAIT);
	ck_assert_uint_eq(count, 150);
	for (size_t i = 0; i < 150; i++)
		close(clients[i]);
	stop_listening();
}

TEST(a_connection_that_comes_alone_is_accepted_by_one_call)
{
	int client;

	listen_at(address);
	ev_run(loop, EVRUN_NOWAIT);
	asked = 0;
	client = connect_unix();
	ev_run(loop, EVRUN_NOWAIT);
	ev_run(loop, EVRUN_NOWAIT);
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(asked, 1);
	close(client);
	stop_listening();
}

TEST(what_waits_in_the_backlog_can_be_accepted_now)
{
	int clients[2];

	listen_at(address);
	ck_assert_uint_eq(listen_accept(&l), 0);
	for (size_t i = 0; i < 2; i++)
		clients[i] = connect_unix();
	ck_assert_uint_eq(listen_accept(&l), 2);
	ck_assert_uint_eq(count, 2);
	ck_assert_uint_eq(listen_accept(&l), 0);
	for (size_t i = 0; i < 2; i++)
		close(clients[i]);
	stop_listening();
}

TEST(a_listener_that_was_never_started_accepts_nothing)
{
	struct listener never = {.loop = NULL};

	ck_assert_uint_eq(listen_accept(&never), 0);
}

TEST(out_of_descriptors_connections_wait_and_are_accepted_later)
{
	int client;

	listen_at(address);
	client = connect_unix();
	no_descriptors = true;
	ev_run(loop, EVRUN_NOWAIT);
	ck_assert(l.short_of_descriptors);
	ck_assert(!ev_is_active(&l.watcher)); /* the loop does not spin */
	no_descriptors = false;
	skip_ms(600);
	ev_run(loop, EVRUN_NOWAIT);
	ev_run(loop, EVRUN_NOWAIT);
	ck_assert_uint_eq(count, 1);
	ck_assert(!l.short_of_descriptors);
	close(client);
	stop_listening();
}

/* The next pause, after one in which nothing became free. */
static double
pause_after(unsigned int ms)
{
	skip_ms(ms);
	ev_run(loop, EVRUN_NOWAIT);
	ev_run(loop, EVRUN_NOWAIT);
	ck_assert(!ev_is_active(&l.watcher));
	return ev_timer_remaining(loop, &l.pause);
}

TEST(pauses_are_short_at_first_and_become_longer)
{
	int client;

	listen_at(address);
	client = connect_unix();
	no_descriptors = true;
	ck_assert_double_le(pause_after(0), 0.011);
	for (int i = 0; i < 8; i++)
		pause_after(600);
	ck_assert_double_ge(pause_after(600), 0.4);
	ck_assert_double_le(pause_after(600), 0.51);
	no_descriptors = false;
	skip_ms(600);
	ev_run(loop, EVRUN_NOWAIT);
	ev_run(loop, EVRUN_NOWAIT);
	ck_assert_uint_eq(count, 1);
	close(client);
	client = connect_unix();
	no_descriptors = true;
	ck_assert_double_le(pause_after(0), 0.011);
	no_descriptors = false;
	close(client);
	stop_listening();
}

TEST(when_short_a_listener_may_close_whoever_comes)
{
	int clients[2];
	char byte;

	listen_at(address);
	listen_reject_when_short(&l);
	clients[0] = connect_unix();
	clients[1] = connect_unix();
	spare_of = &l;
	no_descriptors = true;
	ck_assert_uint_eq(listen_accept(&l), 0);
	ck_assert_uint_eq(listen_accept(&l), 0);
	no_descriptors = false;
	ck_assert_int_eq(read(clients[0], &byte, 1), 0);
	ck_assert_int_eq(read(clients[1], &byte, 1), 0);
	ck_assert(ev_is_active(&l.watcher)); /* nobody has to wait */
	ck_assert(!ev_is_active(&l.pause));
	spare_of = NULL;
	close(clients[0]);
	close(clients[1]);
	stop_listening();
}

TEST(listen_stop_closes_the_socket_and_may_be_repeated)
{
	int fd;

	listen_at(address);
	fd = l.fd;
	listen_unlink_at_stop(&l, "tcp:127.0.0.1:0");
	close(connect_unix());
	listen_stop(&l);
	listen_stop(&l);
	ev_run(loop, EVRUN_NOWAIT);
	ck_assert_uint_eq(count, 0);
	ck_assert(!listen_is_listening(fd));
	ck_assert_int_eq(access(path, F_OK), 0);
	stop_listening();
}

TEST(listen_stop_removes_the_socket_file)
{

	listen_at(address);
	listen_unlink_at_stop(&l, address);
	listen_stop(&l);
	ck_assert_int_ne(access(path, F_OK), 0);
	stop_listening();
}

/* listen_from_systemd() with these variables; descriptor 3 listens or not. */
static int
from_systemd(const char *pid, const char *passed, bool listening)
{
	int saved = dup(3), result, fds[LISTEN_SYSTEMD_MAX];
	int fd = listening ? open_address(address) : open("/dev/null", O_RDWR);

	if (fd != 3) {
		dup2(fd, 3);
		close(fd);
	}
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", passed, 1);
	result = listen_from_systemd(fds) == 1 ? fds[0] : -1;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	if (saved >= 0) {
		dup2(saved, 3);
		close(saved);
	} else {
		close(3);
	}
	return result;
}

TEST(a_socket_passed_by_systemd_is_found)
{
	char pid[32], other[32];
	int fds[LISTEN_SYSTEMD_MAX];

	start();
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	snprintf(other, sizeof(other), "%ld", (long)getpid() + 1);
	ck_assert_int_eq(from_systemd(pid, "1", true), 3);
	ck_assert_int_eq(from_systemd(pid, "1", false), -1);
	ck_assert_int_eq(from_systemd(other, "1", true), -1);
	ck_assert_int_eq(from_systemd(pid, "0", true), -1);
	ck_assert_int_eq(from_systemd(pid, "2", true), -1);
	ck_assert_uint_eq(listen_from_systemd(fds), 0);
	stop();
}
