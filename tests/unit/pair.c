/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/pair.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>

#include "shared/net/pending_requests.h"

struct host host;
struct tcp_pair pair;
char pair_got[PAIR_GOT_MAX];
size_t pair_got_len;

void
pair_start(void)
{
	host_init(&host);
	pair_got_len = 0;
	pair_got[0] = '\0';
	tcp_pair_open(&pair);
}

void
pair_stop(void)
{
	tcp_pair_close(&pair);
	host_free(&host);
}

int
pair_read(void)
{
	ssize_t n = recv(pair.client, pair_got + pair_got_len,
			 PAIR_GOT_MAX - 1 - pair_got_len, 0);

	if (n > 0)
		pair_got_len += (size_t)n;
	pair_got[pair_got_len] = '\0';
	if (n < 0 && errno == ECONNRESET)
		return -1;
	return n == 0 ? 1 : 0;
}

void
pair_remember_for(const struct tcp_identity *id, const char *query)
{
	char variable[64], *variables[] = {variable, NULL};
	const struct request r = {.variables = variables};

	snprintf(variable, sizeof(variable), "QUERY_STRING=%s", query);
	pending_requests_add(&host.conns.pending, pending_request_new(id, &r));
}

void
pair_remember(const struct tcp_pair *p, const char *query)
{
	struct tcp_identity id = tcp_pair_identity(p);

	pair_remember_for(&id, query);
}

void
pair_hand_off(struct tcp_pair *p)
{
	tcp_pair_hand_off(p, &host.conns);
	host_run(&host);
}

void
pair_start_held(void)
{
	pair_start();
	pair_remember(&pair, "q");
	pair_hand_off(&pair);
	host_assert_events(&host, "request:q");
}
