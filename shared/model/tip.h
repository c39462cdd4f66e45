/* SPDX-License-Identifier: MIT */
/*
 * tip.h - the last id of a channel, and where its history has been cut.
 *
 * The tip key of Redis holds `<id>[ <cut>...][@<server>[ <fork>...]]`, with the
 * oldest cut and fork first. A cut is an id after which a message is missing
 * although the next entry names it as the one before (prev): Redis has lost its
 * newest messages (restored, or failed over to a replica that lagged), and new
 * ones were stored before anybody noticed. A subscriber whose position is a cut
 * gets a gap.
 *
 * The server is the one that stored the last message. A fork, `<id>:<end>`, is
 * an id after which another server continued: a replica that was promoted, or
 * Redis started again. The one before may have lost messages, or stored more
 * that will be lost, with ids after the fork up to its end. A subscriber whose
 * position is lost continues after the fork.
 */
#ifndef SHARED_MODEL_TIP_H
#define SHARED_MODEL_TIP_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/model/id.h"

enum { TIP_CUTS_MAX = 8, TIP_FORKS_MAX = 4 };

struct tip_fork {
	struct id at, end;
};

/* Zeroed: nothing was ever published, or all trace of it expired. */
struct tip {
	struct id last;
	size_t cut_count;
	struct id cuts[TIP_CUTS_MAX];
	size_t fork_count;
	struct tip_fork forks[TIP_FORKS_MAX];
};

/* False: not the text of a tip; `*out` is unchanged. */
bool tip_parse(struct tip *out, struct text text) MUST_USE;

bool tip_has_cut(const struct tip *tip, struct id id) MUST_USE;

/* The newest fork after which `lost` may have been stored and lost. False:
 * there is none. */
bool tip_fork_of(const struct tip *tip, struct id lost,
		 struct id *fork) MUST_USE;

#endif
