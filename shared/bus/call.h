/* SPDX-License-Identifier: MIT */
/*
 * call.h - a question to Redis that is not answered yet.
 */
#ifndef SHARED_BUS_CALL_H
#define SHARED_BUS_CALL_H

#include <stdbool.h>

struct bus;

enum bus_status {
	BUS_OK,
	BUS_DOWN,   /* Redis could not be asked, or went down before it
		     * answered */
	BUS_REFUSED /* Redis answered with an error, which is logged */
};

/* The begin of the call of each question. Owned and freed by the bus when its
 * function has been called. */
struct bus_call {
	struct bus *bus;
	void *arg; /* of the function */
	bool cancelled;
	/* It has not been sent yet: takes it back, and frees it. Else NULL. */
	void (*withdraw)(struct bus_call *call);
};

/* The function of the call is not called any more; what has not been sent yet
 * is not sent. NULL is fine. */
void bus_cancel(struct bus_call *call);

#endif
