/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/front.h"

#include <ev.h>
#include <string.h>

#include "commands/doctor/redis_ask.h"
#include "shared/base/clock.h"
#include "shared/base/xalloc.h"
#include "shared/bus/bus.h"
#include "shared/bus/keys.h"
#include "shared/bus/publish.h"

enum {
	TURN = 10,	  /* ms; how late a reply of Redis may be noticed */
	HISTORY_TTL = 60, /* s */
	HISTORY_LENGTH = 64
};

#define TIP_LIFE "120" /* s */

static const char here[] = "http://127.0.0.1/push";

const char *const front_names[FRONT_TECHNIQUES] = {
    [FRONT_HTTP] = "http",	   [FRONT_POLL] = "poll",
    [FRONT_LONGPOLL] = "longpoll", [FRONT_JSONP] = "jsonp",
    [FRONT_SSE] = "sse",	   [FRONT_STREAM] = "stream",
    [FRONT_IFRAME] = "iframe",	   [FRONT_WEBSOCKET] = "websocket",
    [FRONT_PUBLISH] = "publish",   [FRONT_STATUS] = "status",
};

/* --- requests ------------------------------------------------------------- */

struct exchange *
front_ask_url(struct front *f, struct exchanges *all, const char *url,
	      const struct exchange_request *r)
{
	const char *lines[2 * SITE_HEADERS_MAX + 1];
	struct exchange_request request = *r;
	size_t n = 0;

	for (size_t i = 0; f->site->headers[i] != NULL; i++)
		lines[n++] = f->site->headers[i];
	for (size_t i = 0; r->headers != NULL && r->headers[i] != NULL; i++)
		lines[n++] = r->headers[i];
	lines[n] = NULL;
	request.headers = lines;
	request.url = url;
	request.ca = f->site->ca;
	request.connect = f->site->connect;
	return exchange_start(all, &request);
}

struct exchange *
front_ask_among(struct front *f, struct exchanges *all, int technique,
		const char *query, const struct exchange_request *r)
{
	struct exchange *e;
	struct buf url;

	buf_init(&url, SIZE_MAX / 2);
	buf_printf(&url, "%s/%s%s%s", f->url, front_names[technique],
		   query[0] != '\0' ? "?" : "", query);
	buf_putc(&url, '\0');
	e = front_ask_url(f, all, url.bytes, r);
	buf_free(&url);
	return e;
}

struct exchange *
front_ask(struct front *f, int technique, const char *query,
	  const struct exchange_request *r)
{
	return front_ask_among(f, f->exchanges, technique, query, r);
}

struct exchange *
front_get(struct front *f, int technique, const char *query,
	  const char *const *more)
{
	const struct exchange_request r = {.headers = more};

	return front_ask(f, technique, query, &r);
}

/* --- waiting -------------------------------------------------------------- */

bool
front_wait(struct front *f, bool (*fn)(const void *arg), const void *arg,
	   unsigned int ms)
{
	uint64_t end = clock_ms() + ms;

	for (;;) {
		ev_run(f->loop, EVRUN_NOWAIT);
		exchanges_turn(f->exchanges, TURN);
		if (f->shared != NULL)
			exchanges_turn(f->shared, 0);
		if (fn(arg))
			return true;
		if (clock_ms() >= end)
			return false;
	}
}

static bool
has_ended(const void *arg)
{
	return exchange_ended(arg);
}

bool
front_wait_end(struct front *f, const struct exchange *e, unsigned int ms)
{
	return front_wait(f, has_ended, e, ms);
}

static bool
never(const void *arg)
{
	(void)arg;
	return false;
}

void
front_pause(struct front *f, unsigned int ms)
{
	front_wait(f, never, NULL, ms);
}

unsigned int
front_patience(const struct front *f)
{
	if (f->site->patience >= 0)
		return (unsigned int)f->site->patience;
	return 2 * f->conf.hold_beat + 1;
}

/* --- publishing ----------------------------------------------------------- */

struct publishing {
	struct front *front;
	bool done, stored;
};

static void
published(void *arg, const struct publish_result *result)
{
	struct publishing *p = arg;
	struct front *f = p->front;

	p->done = true;
	p->stored = result->status == PUBLISHED_STORED;
	if (!p->stored) {
		doctor_error(f->doctor,
			     "A message could not be published, so nothing is "
			     "known about delivery. %s",
			     result->reason != NULL ? result->reason : "");
		return;
	}
	if (f->published < sizeof(f->ids) / sizeof(f->ids[0]))
		f->ids[f->published] = result->id;
	f->published++;
}

static bool
is_done(const void *arg)
{
	const struct publishing *p = arg;

	return p->done;
}

bool
front_publish(struct front *f, const char *data)
{
	const struct publication message = {.channel = text_of(f->channel),
					    .event = text_of(""),
					    .data = text_of(data)};
	struct publishing p = {.front = f};
	struct bus_call *call;

	call = bus_publish(f->bus, &message, published, &p);
	/* the bus itself ends it within bus.timeout */
	if (!front_wait(f, is_done, &p, 2000 * f->conf.bus_timeout + 2000))
		bus_cancel(call);
	return p.stored;
}

static void
open_bus(struct front *f)
{
	f->conf = *f->doctor->conf;
	f->conf.history_ttl = HISTORY_TTL;
	f->conf.history_length = HISTORY_LENGTH;
	f->conf.channel_section_count = 0;
	f->loop = ev_loop_new(EVFLAG_AUTO);
	if (f->loop == NULL)
		xalloc_failed();
	f->bus = bus_open(f->loop, &f->conf, NULL, NULL);
}

/* --- remedies ------------------------------------------------------------- */

static void
remedy(struct front *f, size_t server, const struct front_lines *lines)
{
	static const char *const files[FRONT_SERVERS] = {
	    [FRONT_APACHE] = "the configuration of Apache",
	    [FRONT_LIGHTTPD] = "the configuration of lighttpd",
	    [FRONT_NGINX] = "the configuration of nginx"};

	if (lines->run[server] != NULL)
		doctor_remedy(f->doctor, "%s", lines->run[server]);
	if (lines->of[server] != NULL)
		doctor_paste(f->doctor, files[server], "%s", lines->of[server]);
}

void
front_remedy(struct front *f, const struct front_lines *lines)
{
	for (size_t i = 1; i < FRONT_SERVERS; i++)
		if (f->server == FRONT_UNKNOWN || f->server == i)
			remedy(f, i, lines);
}

void
front_ask_behind(struct front *f, const char *via)
{
	if (f->server != FRONT_NGINX && via[0] == '\0')
		return;
	doctor_note(f->doctor,
		    "A proxy answers. Whether it is the proxy, or the "
		    "web server behind it, shows at the address of "
		    "that:");
	doctor_remedy(f->doctor, "push-doctor http://127.0.0.1:8080/push");
}

void
front_paste(struct front *f, const char *section, const char *name,
	    unsigned int value)
{
	const char *file = f->conf.file;

	if (file == NULL)
		file = "/etc/pushcgi/push.conf";
	doctor_paste(f->doctor, file, "[%s]", section);
	doctor_paste(f->doctor, file, "%s = %u", name, value);
}

/* --- open and close ------------------------------------------------------- */

/* False: it is no address of a web server, which is told. */
static bool
take_url(struct front *f)
{
	const char *url = f->site->url != NULL ? f->site->url : here;
	size_t len = strcspn(url, "?#");

	while (len > 0 && url[len - 1] == '/')
		len--;
	if (len > SITE_URL_MAX || (strncmp(url, "http://", 7) != 0 &&
				   strncmp(url, "https://", 8) != 0)) {
		doctor_error(f->doctor,
			     "The address of a site begins with http:// or "
			     "https://, and the programs are below it, such as "
			     "https://shop.example/push.");
		return false;
	}
	memcpy(f->url, url, len);
	f->url[len] = '\0';
	return true;
}

bool
front_open(struct front *f, struct doctor *d)
{
	*f = (struct front){.doctor = d, .site = d->site};
	if (!take_url(f))
		return false;
	open_bus(f);
	f->exchanges = exchanges_open(false);
	return true;
}

static void
ignore(void *arg, const struct redis_reply *reply)
{
	(void)arg;
	(void)reply;
}

/* What Redis knows of the channel ends soon: the tip, which lives a month, when
 * no program follows the channel any more, and the log before it. */
static void
forget_channel(struct front *f)
{
	char fault[REDIS_REASON_SIZE], tip[BUS_KEY_SIZE];
	const char *words[] = {"EXPIRE", tip, TIP_LIFE, NULL};
	struct redis_ask *ask;

	if (f->published == 0)
		return;
	ask = redis_ask_open(&f->conf, fault);
	if (ask == NULL)
		return;
	bus_tip_key(tip, &f->conf, f->channel);
	redis_ask(ask, words, ignore, NULL);
	redis_ask_close(ask);
}

void
front_close(struct front *f)
{
	exchanges_close(f->exchanges);
	forget_channel(f);
	bus_close(f->bus);
	ev_loop_destroy(f->loop);
}
