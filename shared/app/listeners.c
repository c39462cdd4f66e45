/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/listeners.h"

#include "shared/net/conn_accept.h"
#include "shared/net/conn_handoff.h"

static void
request_accepted(void *arg, int fd)
{
	conn_accept(arg, fd);
}

static void
authorizer_accepted(void *arg, int fd)
{
	conn_accept_authorizer(arg, fd);
}

static void
descriptors_accepted(void *arg, int fd)
{
	conn_handoff_accept(arg, fd);
}

static listen_accept_fn *const accepted[START_SOCKETS] = {
    [START_REQUESTS] = request_accepted,
    [START_AUTHORIZER] = authorizer_accepted,
    [START_DESCRIPTORS] = descriptors_accepted,
};

static bool
is_open(const struct listener *l)
{
	return l->loop != NULL && l->fd >= 0;
}

void
listeners_start(struct listeners *l, struct ev_loop *loop,
		const struct start *start, struct conns *conns)
{
	for (size_t i = 0; i < START_SOCKETS; i++) {
		if (start->fds[i] < 0)
			continue;
		listen_start(&l->at[i], loop, start->fds[i], accepted[i],
			     conns);
		if (start->addresses[i] != NULL)
			listen_unlink_at_stop(&l->at[i], start->addresses[i]);
	}
	listen_cork(&l->at[START_AUTHORIZER]);
	/* A thread of Apache waits for each. */
	listen_reject_when_short(&l->at[START_AUTHORIZER]);
	listen_reject_when_short(&l->at[START_DESCRIPTORS]);
	/* Before anything is asked of this process: conn_handoff.h. */
	while (listen_accept(&l->at[START_DESCRIPTORS]) > 0)
		;
}

void
listeners_pause(struct listeners *l)
{
	for (size_t i = 0; i < START_SOCKETS; i++)
		if (is_open(&l->at[i]))
			listen_pause(&l->at[i]);
}

void
listeners_resume(struct listeners *l)
{
	for (size_t i = 0; i < START_SOCKETS; i++)
		if (is_open(&l->at[i]))
			listen_resume(&l->at[i]);
}

size_t
listeners_accept(struct listeners *l)
{
	size_t count = 0;

	for (size_t i = 0; i < START_SOCKETS; i++)
		count += listen_accept(&l->at[i]);
	return count;
}

void
listeners_stop(struct listeners *l)
{
	for (size_t i = 0; i < START_SOCKETS; i++)
		listen_stop(&l->at[i]);
}
