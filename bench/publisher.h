/* SPDX-License-Identifier: MIT */
/*
 * publisher.h - posts messages over one kept HTTP connection, one at a time.
 */
#ifndef BENCH_PUBLISHER_H
#define BENCH_PUBLISHER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/target.h"
#include "shared/base/attributes.h"

enum { PUBLISHER_BUFFER = 65536 };

struct publisher {
	const struct target *target;
	struct sockaddr_in to;
	int fd;	   /* -1: not connected; the next message connects */
	bool busy; /* an answer is awaited on `fd` */
	size_t have;
	char response[PUBLISHER_BUFFER];
};

void publisher_init(struct publisher *p, const struct target *target,
		    const struct sockaddr_in *to);
void publisher_close(struct publisher *p);

/*
 * Sends `data` to a channel (target.h says which number is which). Only when
 * not busy. False: it cannot be sent; the reason is on stderr.
 */
bool publisher_send(struct publisher *p, uint32_t channel,
		    const char *data) MUST_USE;

/* `fd` is readable: takes in of the answer what there is. False: it is not a
 * 2xx, or the connection broke; the reason is on stderr. */
bool publisher_read(struct publisher *p) MUST_USE;

#endif
