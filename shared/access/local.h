/* SPDX-License-Identifier: MIT */
/*
 * local.h - whether a request comes from a program on this machine.
 */
#ifndef SHARED_ACCESS_LOCAL_H
#define SHARED_ACCESS_LOCAL_H

#include <stdbool.h>

#include "shared/base/attributes.h"
#include "shared/wire/request.h"

/*
 * True: the address of the client is loopback, no header says that a proxy
 * passed the request on, and its Host is a name or address of loopback, so that
 * no page reaches it by a name of its own (DNS rebinding).
 *
 * It cannot see a proxy on this machine that adds none of Forwarded,
 * X-Forwarded-For, X-Real-IP and Via: then everybody is local.
 */
bool local_is_client(const struct request *r) MUST_USE;

#endif
