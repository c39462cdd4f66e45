/* SPDX-License-Identifier: MIT */
/*
 * writes.h - the bytes that the technique `written` writes. Each function fails
 * the test unless they are exactly `want`. The cursor is 8-0.
 */
#ifndef TESTS_UNIT_WRITES_H
#define TESTS_UNIT_WRITES_H

#include <stddef.h>

#include "shared/model/batch.h"
#include "shared/model/format.h"
#include "shared/model/message.h"
#include "shared/technique.h"

/* Defined by the test program. */
extern const struct technique *const written;

void assert_head(const struct format *format, const char *want);

/* The body of a request refused with 400. */
void assert_error(const char *detail, const char *want);

/* The parts of a stream. A message is its shared part and its suffix;
 * assert_message() makes it with message_of(). */
void assert_open(const struct format *format, const char *want);
void assert_message(const struct format *format, const char *event,
		    const char *data, const char *want);
void assert_whole(const struct format *format, const struct message *m,
		  const char *want);
void assert_cursor(const struct format *format, const char *want);
void assert_gap(const struct format *format, const struct gap *gap,
		const char *want);
void assert_heartbeat(const struct format *format, const char *want);
void assert_close(const struct format *format, unsigned int retry_ms,
		  const char *want);

/* A batch; its cursor is 9-0. */
void assert_response(const struct format *format,
		     const struct batch_item *items, size_t count,
		     const char *want);

/* A buffer too small for HI turns bad. */
void assert_message_too_long(const struct format *format);
void assert_response_too_long(const struct format *format);

#endif
