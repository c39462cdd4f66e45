/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/backoff.h"

#include <stdlib.h>

static const double MIN_S = 0.05;
static const double MAX_S = 2.;

double
backoff_delay(struct backoff *b)
{
	double delay = b->next_s > 0. ? b->next_s : MIN_S;

	b->next_s = delay * 2. < MAX_S ? delay * 2. : MAX_S;
	return delay * (0.5 + rand() / (double)RAND_MAX);
}
