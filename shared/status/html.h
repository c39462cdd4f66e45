/* SPDX-License-Identifier: MIT */
/*
 * html.h - the status as a page for people.
 *
 * The page works without scripts. Its policy (page.h) allows its own style and
 * script and nothing else.
 */
#ifndef SHARED_STATUS_HTML_H
#define SHARED_STATUS_HTML_H

#include "shared/base/buf.h"
#include "shared/status/status.h"

/* The whole page. */
void status_put_page(struct buf *out, const struct status *s);

/* What changes in it: the content of its <main>. It has no line breaks, so
 * that it can be the data of an event. */
void status_put_main(struct buf *out, const struct status *s);

#endif
