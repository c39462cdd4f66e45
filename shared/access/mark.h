/* SPDX-License-Identifier: MIT */
/*
 * mark.h - what a held request takes of its web server, as the web server says.
 *
 * The variable PUSH_BUDGET, which the shipped files set:
 *
 *	worker		a thread or a process: counts for hold.budget
 *	worker class=N	the same, and there are N processes of one program, each
 *			for one request (mod_fcgid): some must stay free
 *	descriptors	two descriptors of lighttpd: counts for
 *			hold.budget_lighttpd
 *
 * A request without it takes nothing that is scarce. No client can set it: the
 * variable of a header field begins with HTTP_. lighttpd says it by a document
 * root that is none, MARK_PREFIX and the same text: that is one string of its
 * configuration, where a variable takes 0.5 KB of each request. An HTTP proxy
 * says it by the path, see http_head.h.
 */
#ifndef SHARED_ACCESS_MARK_H
#define SHARED_ACCESS_MARK_H

#include <stdbool.h>

#include "shared/base/text.h"

/* What DOCUMENT_ROOT begins with when it says what a request takes. */
#define MARK_PREFIX "/PUSH_BUDGET="

enum mark_takes { MARK_NOTHING, MARK_WORKER, MARK_DESCRIPTORS };

struct mark {
	enum mark_takes takes;
	unsigned int class; /* 2 to 65535; 0: it has no such limit */
	bool is_bad;	    /* another text; it takes nothing then */
};

/* `text` is the value of PUSH_BUDGET, "" when it is not set. */
void mark_read(struct mark *out, const char *text);

#endif
