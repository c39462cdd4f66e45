/* SPDX-License-Identifier: MIT */
/*
 * conf_channel.h - the settings of a channel: [channel "PATTERN"] sections.
 *
 *	[channel "orders-*"]
 *	history.length = 100
 *	retain = last
 *
 * A pattern is the name of a channel, or the beginning of names followed by
 * `*`. The first section in the file whose pattern matches applies; what it
 * does not set is as for all channels. In the quotes, `"` is written `\"` and
 * `\` is written `\\`.
 *
 * A new setting is a row of the table in conf_channel.c and a field of struct
 * channel_conf.
 *
 * Manual: push.conf(5), section CHANNELS
 */
#ifndef SHARED_CONF_CONF_CHANNEL_H
#define SHARED_CONF_CONF_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_table.h"

/* The settings of the channel of this name. Compares it with the patterns,
 * about 25 ns each; there are at most CONF_CHANNEL_SECTIONS_MAX. */
struct channel_conf conf_channel(const struct conf *c, struct text channel);

/*
 * True: the section of this channel sets `field` itself, an offset in struct
 * channel_conf, and its pattern ends with `*`; `star` is what that stands for,
 * a part of `channel`.
 */
bool conf_channel_star(const struct conf *c, struct text channel, size_t field,
		       struct text *star) MUST_USE;

/* All ways (enum who) by which some channel may be published to. */
unsigned int conf_publish_ways(const struct conf *c);

/* The section that applies to the channel; NULL: none. */
const struct channel_section *
conf_channel_section(const struct conf *c, struct text channel) MUST_USE;

/* The line on which the section sets `field`, an offset in struct channel_conf;
 * 0: it does not. */
int conf_channel_line(const struct channel_section *section,
		      size_t field) MUST_USE;

/* Some channel may have presence. */
bool conf_has_presence(const struct conf *c);

/* The section before section `i` that applies to every channel that section `i`
 * matches; or NULL. */
const struct channel_section *conf_channel_cover(const struct conf *c,
						 size_t i) MUST_USE;

/* --- for conf_text.c, conf_print.c and push-doctor ------------------------ */

enum {
	CONF_CHANNEL_SETTINGS = 7,
	CONF_CHANNEL_SECTIONS_MAX = 1000,
	CONF_CHANNEL_ERROR_SIZE = 256
};

struct channel_section {
	char *pattern; /* without its `*`; UTF-8 with a NUL; owned */
	size_t len;
	bool is_prefix; /* there is a `*` at its end */
	int line;
	struct channel_conf conf;
	int set_on[CONF_CHANNEL_SETTINGS]; /* the line, or 0: not set */
};

/* Setting `i` as it is named in a section; its field is one of struct
 * channel_conf. */
struct conf_setting conf_channel_setting(size_t i);

/* True: the line begins like the header of such a section. */
bool conf_channel_is_header(struct text line) MUST_USE;

/*
 * Appends a section. `line` is its header, without the spaces before it. False:
 * `error` says what is wrong, in printable ASCII.
 */
bool conf_channel_add(struct conf *c, struct text line, int line_number,
		      char error[CONF_CHANNEL_ERROR_SIZE]) MUST_USE;

/* Frees all sections. */
void conf_channel_free(struct conf *c);

#endif
