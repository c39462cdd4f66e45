/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front_kept_back.h"

#include <string.h>

#include "shared/base/xalloc.h"
#include "shared/model/random_key.h"

enum {
	PIECE = 8192,	   /* bytes of a message */
	PIECES = 20,	   /* more than the 128 KB of usual buffers */
	A_PIECE = 50,	   /* ms */
	LAST_PIECES = 1500 /* ms */
};

/* --- how much is kept back ------------------------------------------------ */

struct watch {
	struct exchange *const *kept;
};

static bool
all_moved(const void *arg)
{
	const struct watch *w = arg;

	for (int i = 0; i < FRONT_TECHNIQUES; i++)
		if (w->kept[i] != NULL && !exchange_ended(w->kept[i]) &&
		    exchange_body(w->kept[i])->len < PIECE)
			return false;
	return true;
}

/* Random, so that compression cannot shorten it. */
static void
fill(char piece[PIECE + 1])
{
	for (size_t at = 0; at < PIECE; at += RANDOM_KEY_SIZE - 1)
		random_key(piece + at);
	piece[PIECE] = '\0';
}

/* Publishes until all moved. Returns the bytes it took; 0: they never did. */
static size_t
overflow(struct front *f, struct exchange *const kept[FRONT_TECHNIQUES])
{
	static char piece[PIECE + 1 + RANDOM_KEY_SIZE];
	struct watch w = {kept};

	if (f->conf.message_max_bytes < PIECE)
		return 0;
	for (size_t i = 0; i < PIECES; i++) {
		fill(piece);
		if (!front_publish(f, piece))
			return 0;
		if (front_wait(f, all_moved, &w, A_PIECE))
			return (i + 1) * PIECE;
	}
	if (front_wait(f, all_moved, &w, LAST_PIECES))
		return (size_t)PIECES * PIECE;
	return 0;
}

/* --- what is said --------------------------------------------------------- */

static void
put_names(struct buf *out, struct exchange *const kept[FRONT_TECHNIQUES])
{
	for (int i = 0; i < FRONT_TECHNIQUES; i++)
		if (kept[i] != NULL)
			buf_printf(out, "%s%s", out->len > 0 ? ", " : "",
				   front_names[i]);
	buf_putc(out, '\0');
}

void
front_kept_back(struct front *f, struct exchange *const kept[FRONT_TECHNIQUES])
{
	/* which module of Apache it is cannot be seen from outside */
	static const struct front_lines lines = {
	    .of = {[FRONT_APACHE] =
		       "# mod_fcgid:\n"
		       "FcgidOutputBufferSize 0\n"
		       "# mod_proxy_fcgi, in each ProxyPass line:\n"
		       "flushpackets=on\n"
		       "# mod_security:\n"
		       "<Location /push/>\n"
		       "\tSecResponseBodyAccess Off\n"
		       "</Location>",
		   [FRONT_LIGHTTPD] = "server.stream-response-body = 2",
		   [FRONT_NGINX] = "proxy_buffering off;\n"
				   "fastcgi_buffering off;"}};
	struct buf names;
	char via[EXCHANGE_VALUE_SIZE] = "";
	size_t took = overflow(f, kept);

	buf_init(&names, SIZE_MAX / 2);
	put_names(&names, kept);
	for (int i = 0; i < FRONT_TECHNIQUES; i++)
		if (kept[i] != NULL)
			exchange_header(kept[i], "Via", via);
	if (took > 0)
		doctor_error(f->doctor,
			     "%s: messages do not arrive when they are "
			     "published, but together after about %zu KB: the "
			     "web server, or a proxy%s%s, buffers the "
			     "response.",
			     names.bytes, took / 1024,
			     via[0] != '\0' ? " such as " : "", via);
	else
		doctor_error(f->doctor,
			     "%s: messages do not arrive: the web server, or a "
			     "proxy%s%s, buffers the response until its end, "
			     "which never comes.",
			     names.bytes, via[0] != '\0' ? " such as " : "",
			     via);
	front_remedy(f, &lines);
	front_ask_behind(f, via);
	buf_free(&names);
}
