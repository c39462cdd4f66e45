/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/call.h"

#include <stddef.h>

void
bus_cancel(struct bus_call *call)
{
	if (call == NULL)
		return;
	call->cancelled = true;
	if (call->withdraw != NULL)
		call->withdraw(call);
}
