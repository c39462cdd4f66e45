/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/net/late_close.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/vec.h"

static void
close_list(struct late_list *list)
{
	while (list->count > 0)
		close(list->fds[--list->count]);
}

static void
close_older(void *arg)
{
	struct late_close *all = arg;
	struct late_list closed = all->before;

	close_list(&closed);
	all->before = all->now;
	all->now = closed;
	if (all->before.count > 0)
		wheel_set(all->wheel, &all->timer, LATE_CLOSE_MS);
}

void
late_close_init(struct late_close *all, struct wheel *wheel)
{
	memset(all, 0, sizeof(*all));
	all->wheel = wheel;
	all->timer.fire = close_older;
	all->timer.arg = all;
}

void
late_close_free(struct late_close *all)
{
	wheel_clear(all->wheel, &all->timer);
	close_list(&all->now);
	close_list(&all->before);
	free(all->now.fds);
	free(all->before.fds);
	late_close_init(all, all->wheel);
}

size_t
late_close_count(const struct late_close *all)
{
	return all->now.count + all->before.count;
}

void
late_close_add(struct late_close *all, int fd)
{
	struct late_list *list = &all->now;

	shutdown(fd, SHUT_RDWR);
	list->fds =
	    vec_grow(list->fds, list->count, &list->room, sizeof(*list->fds));
	list->fds[list->count++] = fd;
	if (!wheel_is_set(&all->timer))
		wheel_set(all->wheel, &all->timer, LATE_CLOSE_MS);
}
