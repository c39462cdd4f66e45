/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/status_entry.h"

#include <inttypes.h>
#include <stdio.h>

#include "tests/unit/suite.h"

static struct status status;

struct text
entry_of(const char *host, const char *program, unsigned int pid,
	 const char *more)
{
	static char json[STATUS_ENTRY_MAX + 100];
	int len = snprintf(
	    json, sizeof(json),
	    "{\"v\":1,\"id\":\"%u\",\"host\":\"%s\",\"program\":\"%s\","
	    "\"pid\":%u,\"version\":\"0.1.0\",\"started\":1799990000,"
	    "\"at\":%" PRIu64 ",\"interval\":5%s}",
	    pid, host, program, pid, NOW_MS - 2000, more);

	ck_assert_int_lt(len, (int)sizeof(json));
	return (struct text){json, (size_t)len};
}

void
entries_begin(void)
{
	entries_begin_at(NOW_MS);
}

void
entries_begin_at(uint64_t now_ms)
{
	status_free(&status);
	status_begin(&status, "web1", now_ms, 8000);
}

void
entries_add(const char *host, const char *program, unsigned int pid,
	    const char *more)
{
	status_add(&status, entry_of(host, program, pid, more));
}

const struct status *
entries_end(void)
{
	status_finish(&status);
	return &status;
}

struct status *
entries_status(void)
{
	return &status;
}
