/* SPDX-License-Identifier: MIT */
/*
 * handler.h - the functions that a bus calls.
 */
#ifndef SHARED_BUS_HANDLER_H
#define SHARED_BUS_HANDLER_H

#include <stddef.h>

struct message;

/* All are called from the loop. Names and messages are valid only during the
 * call. */
struct bus_handler {
	void (*up)(void *arg);	 /* both connections are up */
	void (*down)(void *arg); /* one is down, or the first attempt failed */
	/* Redis has confirmed bus_subscribe(). */
	void (*subscribed)(void *arg, const char *channel, size_t len);
	/* A message was announced. `m` is a view with refs 0: message_new()
	 * makes a copy that lasts. */
	void (*message)(void *arg, const struct message *m);
};

#endif
