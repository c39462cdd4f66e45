/* SPDX-License-Identifier: MIT */
/*
 * access.h - who may subscribe and who may publish.
 *
 * The rule of a channel is a set of ways (enum who), access.subscribe or
 * access.publish of its section in push.conf; one way that the credentials of a
 * request show is enough.
 *
 * A request that is refused gets 401 if it shows nothing that counts, so that a
 * client gets itself something better, or 403 if what it shows is valid and not
 * enough. A request with a channel that it may not have is refused whole.
 *
 * Manual: push.conf(5), Access
 */
#ifndef SHARED_ACCESS_ACCESS_H
#define SHARED_ACCESS_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/access/credentials.h"
#include "shared/access/keys.h"
#include "shared/access/right.h"
#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/conf/conf.h"
#include "shared/model/problem.h"
#include "shared/model/rules.h"

/* What is asked for: the channels are sorted and distinct. */
struct access_request {
	enum access_right right;
	const struct text *channels;
	size_t count; /* 1 to CHANNELS_MAX */
};

struct access_result {
	uint64_t expires; /* when the first right ends, in seconds since 1970;
			   * 0: never */
	uint64_t each[CHANNELS_MAX]; /* the same of each channel */
	bool is_open;		     /* the rule of all channels is any */
};

/* True: it may. False: `p` says which channel, and what it takes. */
bool access_may(struct access_result *out, struct access_keys *keys,
		const struct conf *conf, const struct credentials *c,
		const struct access_request *request,
		struct problem *p) MUST_USE;

/* The same of a message for `channel`. */
bool access_may_publish(struct access_keys *keys, const struct conf *conf,
			const struct credentials *c, struct text channel,
			struct problem *p) MUST_USE;

/*
 * Before the channel is known: false if the credentials could not publish to
 * any channel. A body then need not be read.
 */
bool access_may_publish_at_all(const struct conf *conf,
			       const struct credentials *c,
			       struct problem *p) MUST_USE;

/* May it read the status of all processes (access.status)? A token must be for
 * all channels; a signature does not count. */
bool access_may_read_status(const struct conf *conf,
			    const struct credentials *c,
			    struct problem *p) MUST_USE;

#endif
