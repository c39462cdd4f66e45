/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/opening.h"

#include <stddef.h>

void
opening_set(struct opening *o, const struct subscriber *s, struct buf *head,
	    struct buf *body)
{
	o->of = s;
	o->head = *head;
	o->body = *body;
}

void
opening_put(struct opening *o, const struct subscriber *s, struct chain *c)
{
	if (o->of != s)
		return;
	chain_add_buf(c, &o->head);
	chain_end_head(c);
	chain_add_buf(c, &o->body);
	opening_drop(o, s);
}

void
opening_drop(struct opening *o, const struct subscriber *s)
{
	if (o->of != s)
		return;
	o->of = NULL;
	buf_free(&o->head);
	buf_free(&o->body);
}
