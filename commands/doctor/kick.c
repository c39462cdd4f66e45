/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/kick.h"

#include <ev.h>
#include <stdbool.h>
#include <stdio.h>

#include "shared/base/buf.h"
#include "shared/base/escape.h"
#include "shared/bus/bus.h"
#include "shared/bus/kicks.h"
#include "shared/conf/conf.h"
#include "shared/conf/conf_load.h"

struct kicking {
	const struct push_doctor_options *options;
	struct ev_loop *loop;
	struct bus *bus;
	enum push_doctor_exit status;
	bool sent, done;
};

static void
stop(struct kicking *k, enum push_doctor_exit status)
{
	k->status = status;
	k->done = true;
	ev_break(k->loop, EVBREAK_ALL);
}

static void
fail(struct kicking *k, const char *what, const char *reason)
{
	if (!k->done)
		fprintf(stderr, "push-doctor: %s: %s.\n", what, reason);
	stop(k, PUSH_DOCTOR_ERROR);
}

/* --- what it prints ------------------------------------------------------- */

static void
print_json(const struct push_doctor_options *o, const char *whom,
	   const struct bus_kick_result *result)
{
	struct buf out;

	buf_init(&out, 4096);
	buf_puts(&out, "{\"kicked\":");
	escape_json(&out, text_of(whom));
	buf_printf(&out, ",\"seconds\":%u,\"processes\":%u,\"dropped\":%u}\n",
		   o->seconds, result->processes, result->dropped);
	fwrite(out.bytes, 1, out.len, stdout);
	buf_free(&out);
}

static void
print_text(const struct push_doctor_options *o, const char *whom,
	   const struct bus_kick_result *result)
{
	if (o->seconds > 0)
		printf("%s is disconnected, and kept out for %u s.", whom,
		       o->seconds);
	else
		printf("%s is disconnected, and may come back at once.", whom);
	printf(" %u %s heard it.\n", result->processes,
	       result->processes == 1 ? "process has" : "processes have");
	if (result->dropped > 0)
		printf("There were %d kicks in force; %u that would have ended "
		       "soonest %s ended.\n",
		       KICKS_MAX, result->dropped,
		       result->dropped == 1 ? "is" : "are");
}

/* --- Redis ---------------------------------------------------------------- */

static void
kicked(void *arg, const struct bus_kick_result *result)
{
	struct kicking *k = arg;
	char whom[KICK_TEXT_SIZE];

	if (result->reason != NULL) {
		fail(k, "Redis did not store the kick", result->reason);
		return;
	}
	kick_text(whom, &k->options->kick);
	if (k->options->json)
		print_json(k->options, whom, result);
	else
		print_text(k->options, whom, result);
	stop(k, fflush(stdout) == 0 ? PUSH_DOCTOR_FINE : PUSH_DOCTOR_ERROR);
}

static void
up(void *arg)
{
	struct kicking *k = arg;
	const struct push_doctor_options *o = k->options;

	if (!k->sent)
		k->sent =
		    bus_kick(k->bus, &o->kick, o->seconds * 1000ull, kicked, k);
}

static void
down(void *arg)
{
	struct kicking *k = arg;

	if (!k->sent)
		fail(k, "Redis cannot be reached", bus_fault(k->bus));
}

static const struct bus_handler handler = {.up = up, .down = down};

static enum push_doctor_exit
run(const struct conf *conf, const struct push_doctor_options *o)
{
	struct kicking k = {.options = o, .status = PUSH_DOCTOR_ERROR};

	k.loop = ev_default_loop(EVFLAG_AUTO);
	if (k.loop == NULL) {
		fputs("push-doctor: The event loop cannot be opened.\n",
		      stderr);
		return PUSH_DOCTOR_ERROR;
	}
	k.bus = bus_open(k.loop, conf, &handler, &k);
	ev_run(k.loop, 0);
	k.done = true; /* of what bus_close() answers, nothing is said */
	bus_close(k.bus);
	ev_loop_destroy(k.loop);
	return k.status;
}

enum push_doctor_exit
push_doctor_kick(const struct push_doctor_options *o)
{
	static struct conf conf;
	enum push_doctor_exit status = PUSH_DOCTOR_ERROR;
	char fault[CONF_ERROR_SIZE];

	if (conf_load(&conf, o->conf, fault))
		status = run(&conf, o);
	else
		fprintf(stderr, "push-doctor: %s\n", fault);
	conf_free(&conf);
	return status;
}
