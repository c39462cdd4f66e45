/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/posts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double NS_PER_MS = 1e6, NS_PER_S = 1e9;

uint64_t
posts_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t
posts_next(struct posts *p, char data[POSTS_DATA_MAX + 1], uint32_t sender,
	   uint32_t number)
{
	memset(data, 'x', p->bytes);
	data[p->bytes] = '\0';
	data[snprintf(data, POSTS_DATA_MIN, "%04u.%08u.", sender % 10000,
		      number % 100000000)] = 'x';
	p->sent++;
	return posts_clock();
}

void
posts_answered(struct posts *p, uint64_t sent_ns)
{
	p->end_ns = posts_clock();
	p->latency_ns[p->answered++] = p->end_ns - sent_ns;
}

bool
posts_left(const struct posts *p)
{
	return p->sent < p->messages;
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double
quantile_ms(const struct posts *p, double part)
{
	return (double)p->latency_ns[(size_t)(part * (p->answered - 1))] /
	       NS_PER_MS;
}

void
posts_print(struct posts *p)
{
	double seconds = (double)(p->end_ns - p->start_ns) / NS_PER_S;

	qsort(p->latency_ns, p->answered, sizeof(*p->latency_ns), compare);
	printf("at_once=%u messages=%u per_second=%.0f p50=%.3fms p99=%.3fms "
	       "child_cpu=%.1fus\n",
	       p->at_once, p->answered, p->answered / seconds,
	       quantile_ms(p, .5), quantile_ms(p, .99),
	       (double)p->child_cpu_ns / 1e3 / p->answered);
}
