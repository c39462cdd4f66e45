/* SPDX-License-Identifier: MIT */
/*
 * fuzz_command.c - any text as a command of a client.
 *
 * An accepted command obeys the rules, and its ref is JSON. A refused one has a
 * problem. The reply to either is a JSON object with the same ref.
 */
#include "config.h"

#include <jansson.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/model/command.h"
#include "tests/fuzz/fuzz.h"

enum { JSON_MAX = 1 << 20 };

static void
check_ends(const char *text, size_t len)
{
	check(strlen(text) == len);
}

static void
check_publication(const struct publication *d)
{
	check(channel_fault(d->channel) == NULL);
	check(event_fault(d->event) == NULL);
	check(data_fault(d->data) == NULL);
	check(d->key.bytes == NULL || key_fault(d->key) == NULL);
	check_ends(d->channel.bytes, d->channel.len);
	check_ends(d->event.bytes, d->event.len);
	check_ends(d->data.bytes, d->data.len);
	if (d->key.bytes != NULL)
		check_ends(d->key.bytes, d->key.len);
}

static void
check_channels(const struct command *command)
{
	check(command->channel_count >= 1 &&
	      command->channel_count <= CHANNELS_MAX);
	check(command->since.kind != CURSOR_ID || command->channel_count == 1);
	for (size_t i = 0; i < command->channel_count; i++) {
		const struct text *name = &command->channels[i];

		check(channel_fault(*name) == NULL);
		check_ends(name->bytes, name->len);
	}
}

static void
check_reply(const struct reply *o)
{
	struct buf out;
	json_t *root, *ref;
	char *text;

	buf_init(&out, JSON_MAX);
	reply_put_json(&out, o);
	check(buf_ok(&out));
	root = json_loadb(out.bytes, out.len, JSON_REJECT_DUPLICATES, NULL);
	check(json_is_object(root));
	ref = json_object_get(root, "ref");
	check((ref != NULL) == (o->ref->len > 0));
	text = ref != NULL ? json_dumps(ref, JSON_ENCODE_ANY) : NULL;
	check(ref == NULL || text != NULL);
	free(text);
	json_decref(root);
	buf_free(&out);
}

static void
check_accepted(const struct command *command)
{
	struct reply o = {.ref = &command->ref, .id = {8, 0}};

	if (command->ref.kind == COMMAND_PUBLISH) {
		check_publication(&command->publication);
		o.channel = command->publication.channel;
	} else {
		check_channels(command);
		o.channels = command->channels;
		o.channel_count = command->channel_count;
	}
	check_reply(&o);
}

static void
check_refused(const struct command *command, const struct problem *p)
{
	check(p->status == 400 && strlen(p->detail) > 10);
	check_reply(&(struct reply){.ref = &command->ref, .problem = p});
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *copy = malloc(len + 1); /* with a NUL, as in ws_input.h */
	struct command command;
	struct problem p;

	check(copy != NULL);
	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	memset(&command, 0xff, sizeof(command));
	if (command_read(&command, (struct text){copy, len}, &p))
		check_accepted(&command);
	else
		check_refused(&command, &p);
	command_free(&command);
	free(copy);
	return 0;
}
