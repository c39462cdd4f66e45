/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/call.h"

#include <stddef.h>

void
bus_cancel(struct bus_call *call)
{
	if (call != NULL)
		call->cancelled = true;
}
