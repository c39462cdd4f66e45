/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/apache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/conf/conf_set.h"
#include "shared/net/conn_accept.h"
#include "tests/unit/client.h"
#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

enum { NAMES_MAX = 32, NAME_SIZE = 40 };

struct apache apache;

static struct client *clients; /* those with a socket */
static char stated[NAMES_MAX][NAME_SIZE];
static size_t stated_count;

void
apache_init(const struct technique *technique)
{
	stage_init(technique);
	conf_set_text(&stage.conf.handoff_secret, APACHE_SECRET);
	stage.conf.hold_beat = 3600;
}

void
apache_open(void)
{
	stage.dispatch.hands_off = true;
	apache.pair = (struct tcp_pair){-1, -1};
	stage_open();
}

void
apache_start(const struct technique *technique)
{
	apache_init(technique);
	apache_open();
}

void
apache_close(void)
{
	struct client *c;

	while ((c = clients) != NULL) {
		clients = c->next;
		client_leave(c);
		free(c);
	}
	tcp_pair_close(&apache.pair);
	stage_close();
}

/* --- what it asks --------------------------------------------------------- */

static bool
is_stated(const char *name)
{
	for (size_t i = 0; i < stated_count; i++)
		if (strcmp(stated[i], name) == 0)
			return true;
	return false;
}

void
apache_state(struct buf *out, const char *name, const char *value)
{
	ck_assert_uint_lt(stated_count, NAMES_MAX);
	snprintf(stated[stated_count++], NAME_SIZE, "%s", name);
	if (value[0] != '\0')
		client_variable(out, name, value);
}

static void
state_unless(struct buf *out, const char *name, const char *value)
{
	if (!is_stated(name))
		client_variable(out, name, value);
}

void
apache_begin(struct buf *out, const char *method, const char *query)
{
	stated_count = 0;
	tcp_pair_close(&apache.pair);
	tcp_pair_open(&apache.pair);
	client_begin(out, method);
	out->bytes[RECORD_HEADER_SIZE + 1] = 2; /* FCGI_AUTHORIZER */
	client_variable(out, "QUERY_STRING", query);
}

void
apache_send(struct buf *request)
{
	struct tcp_identity id = tcp_pair_identity(&apache.pair);
	char peer_port[8], local_port[8];

	snprintf(peer_port, sizeof(peer_port), "%u", id.peer_port);
	snprintf(local_port, sizeof(local_port), "%u", id.local_port);
	state_unless(request, "FCGI_ROLE", "AUTHORIZER");
	state_unless(request, "FCGI_APACHE_ROLE", "AUTHENTICATOR");
	state_unless(request, "SERVER_SOFTWARE", "Apache/2.4.71 (Debian)");
	state_unless(request, "SERVER_PROTOCOL", "HTTP/1.1");
	state_unless(request, "SERVER_ADDR", "127.0.0.1");
	state_unless(request, "REMOTE_PORT", peer_port);
	state_unless(request, "PUSHCGI_HANDOFF_PEER", "127.0.0.1");
	state_unless(request, "PUSHCGI_HANDOFF_PORT", local_port);
	state_unless(request, "PUSHCGI_HANDOFF_SECRET", APACHE_SECRET);
	client_end_head(request);
	apache.answer = calloc(1, sizeof(*apache.answer));
	ck_assert_ptr_nonnull(apache.answer);
	stage_ask_at(conn_accept_authorizer, apache.answer, request);
}

void
apache_ask(const char *query)
{
	struct buf request;

	apache_begin(&request, "GET", query);
	apache_send(&request);
	TURN_UNTIL(apache.answer->ended);
}

void
apache_ask_with(const char *query, const char *name, const char *value)
{
	struct buf request;

	apache_begin(&request, "GET", query);
	apache_state(&request, name, value);
	apache_send(&request);
	TURN_UNTIL(apache.answer->ended);
}

void
apache_assert_granted(void)
{
	static const char yes[] = "Variable-PUSHCGI_HANDOFF: yes\r\n\r\n";

	ck_assert_msg(client_has(apache.answer, "Status: 200 OK\r\n") &&
			  client_has(apache.answer, yes),
		      "%s", apache.answer->text);
}

void
apache_ask_as(const char *user, const char *query)
{
	struct buf request;

	apache_begin(&request, "GET", query);
	apache_state(&request, "FCGI_APACHE_ROLE", "AUTHORIZER");
	apache_state(&request, "REMOTE_USER", user);
	apache_send(&request);
	TURN_UNTIL(apache.answer->ended);
}

/* --- the client ----------------------------------------------------------- */

static void
take_raw(struct client *c, const uint8_t *bytes, size_t len)
{
	client_add(c, (const char *)bytes, len);
}

struct client *
apache_hand_off(void)
{
	struct client *c = calloc(1, sizeof(*c));

	ck_assert_ptr_nonnull(c);
	client_init(c, apache.pair.client);
	c->take = take_raw;
	c->next = clients;
	clients = c;
	apache.pair.client = -1;
	tcp_pair_hand_off(&apache.pair, &stage.conns);
	return c;
}

struct client *
apache_get(const char *query)
{
	apache_ask(query);
	return apache_hand_off();
}
