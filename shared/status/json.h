/* SPDX-License-Identifier: MIT */
/*
 * json.h - the status as JSON: all numbers of each process, and their sums.
 *
 *	{"ok":true,"fault":"","troubles":["…"],"at":ms,"host":"web1",
 *	 "all":{NUMBERS},
 *	 "hosts":[{"host":"web1","troubled":0,NUMBERS},…],
 *	 "programs":[{"host":"web1","program":"sse","troubled":0,NUMBERS},…],
 *	 "channels":[{"channel":"news","held":12},…],
 *	 "processes":[{"host":"web1","program":"sse","pid":1,…,NUMBERS},…],
 *	 "left_out":0}
 *
 * NUMBERS are named as in the entry of a process (app/entry.h).
 */
#ifndef SHARED_STATUS_JSON_H
#define SHARED_STATUS_JSON_H

#include "shared/base/buf.h"
#include "shared/status/status.h"

void status_put_json(struct buf *out, const struct status *s);

/* A JSON string. */
void status_put_json_text(struct buf *out, const char *text);

#endif
