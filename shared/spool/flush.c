/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/spool/flush.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/log.h"
#include "shared/bus/publish.h"
#include "shared/spool/file.h"

static void next_batch(struct spool_flush *f);

void
spool_flush_init(struct spool_flush *f)
{
	buf_init(&f->file, 2 * (size_t)SPOOL_FILE_MAX);
}

void
spool_flush_free(struct spool_flush *f)
{
	free(f->entries.at);
	buf_free(&f->file);
}

/* False: the folder cannot be changed. */
static bool
set_aside(struct spool_flush *f, const struct spool_entry *e,
	  const char *reason)
{
	f->aside_count++;
	return spool_folder_set_aside(f->folder, e, reason);
}

static void
end(struct spool_flush *f, enum spool_flush_end how)
{
	spool_folder_release(f->folder);
	f->running = false;
	if (f->sent_count > 0)
		log_info("spool", "folder=%s sent=%zu aside=%zu",
			 f->folder->path, f->sent_count, f->aside_count);
	f->done(f->arg, how);
}

static void
stop(struct spool_flush *f, const char *reason)
{
	snprintf(f->reason, sizeof(f->reason), "%s", reason);
	end(f, SPOOL_FLUSH_STOPPED);
}

/* --- channels that are refused -------------------------------------------- */

static bool
is_refused(const struct spool_flush *f, const struct spool_entry *e)
{
	for (size_t i = 0; i < f->refused_count; i++)
		if (f->refused[i] == e->tag)
			return true;
	return false;
}

/* The other channels go on. False: these are too many. */
static bool
skip_channel(struct spool_flush *f, const struct spool_flush_item *item)
{
	if (f->refused_count == 0)
		snprintf(f->reason, sizeof(f->reason), "%s", item->reason);
	if (is_refused(f, &item->entry))
		return true;
	if (f->refused_count == SPOOL_REFUSED_MAX)
		return false;
	f->refused[f->refused_count++] = item->entry.tag;
	return true;
}

static bool
list(struct spool_flush *f)
{
	struct spool_entries *es = &f->entries;
	size_t kept = 0;

	f->next = 0;
	if (!spool_folder_list(f->folder, es))
		return false;
	for (size_t i = 0; i < es->count; i++)
		if (!is_refused(f, &es->at[i]))
			es->at[kept++] = es->at[i];
	es->count = kept;
	return true;
}

/* --- the results of a batch ----------------------------------------------- */

/* NULL, or why nothing more can be sent. */
static const char *
settle(struct spool_flush *f, struct spool_flush_item *item)
{
	bool good = false;

	switch (item->status) {
	case PUBLISHED_STORED:
	case PUBLISHED_SEEN:
		good = spool_folder_remove(f->folder, &item->entry);
		f->sent_count++;
		if (f->sent != NULL)
			f->sent(f->arg, item->entry.number, item->id);
		break;
	case PUBLISHED_NOT_STORED:
		/* if the mark remains, the message counts as unknown */
		if (!item->was_tried &&
		    !spool_folder_mark(f->folder, &item->entry, 0))
			break;
		if (item->temporary || !skip_channel(f, item))
			return item->reason;
		good = true;
		break;
	case PUBLISHED_SPOOLED:
	case PUBLISHED_UNKNOWN:
		return item->reason;
	}
	return good ? NULL : f->folder->error;
}

static void
batch_answered(struct spool_flush *f)
{
	char reason[SPOOL_ERROR_SIZE] = "";

	for (size_t i = 0; i < f->count; i++) {
		const char *left = settle(f, &f->batch[i]);

		if (left != NULL && reason[0] == '\0')
			snprintf(reason, sizeof(reason), "%s", left);
	}
	spool_folder_sync(f->folder);
	if (reason[0] != '\0')
		stop(f, reason);
	else
		next_batch(f);
}

static void
published(void *arg, const struct publish_result *result)
{
	struct spool_flush_item *item = arg;
	struct spool_flush *f = item->flush;

	item->status = result->status;
	item->temporary = result->temporary;
	item->id = result->id;
	snprintf(item->reason, sizeof(item->reason), "%s",
		 result->reason != NULL ? result->reason : "");
	if (++f->answered == f->count)
		batch_answered(f);
}

/* --- a batch -------------------------------------------------------------- */

static bool
parse_item(struct spool_flush *f, const struct spool_flush_item *item,
	   struct publication *publication)
{
	uint64_t written_ms;

	return spool_file_parse(
	    publication, &written_ms,
	    (struct text){f->file.bytes + item->start, item->len});
}

/* Reads the file of an entry. NULL, or why it cannot be sent. */
static const char *
read_item(struct spool_flush *f, struct spool_flush_item *item)
{
	struct publication publication;
	uint64_t tried_ms = item->entry.tried_ms;

	if (tried_ms != 0 &&
	    spool_now_ms() > tried_ms + f->conf->publish_key_ttl * 500ull)
		return "The result is unknown for half of publish.key_ttl.";
	item->start = f->file.len;
	if (!spool_folder_read(f->folder, &item->entry, &f->file))
		return f->folder->error;
	item->len = f->file.len - item->start;
	if (!parse_item(f, item, &publication))
		return "The file is torn, or not one of a spool.";
	return NULL;
}

/* Adds the next entry to the batch, and marks it, or keeps it for the next
 * batch: what is of one channel must fit one call of the script, or its order
 * would be lost when Redis refuses the first of two. False: the folder cannot
 * be changed. */
static bool
add_item(struct spool_flush *f, uint64_t now_ms, bool *full)
{
	const struct spool_entry *e = &f->entries.at[f->next];
	struct spool_flush_item *item = &f->batch[f->count];
	const char *fault;

	if (is_refused(f, e)) {
		f->next++;
		return true;
	}
	*item = (struct spool_flush_item){
	    .flush = f, .entry = *e, .was_tried = e->tried_ms != 0};
	fault = read_item(f, item);
	if (fault == NULL && f->count > 0 && f->file.len > BUS_PUBLISH_BYTES) {
		*full = true;
		return true;
	}
	f->next++;
	if (fault != NULL)
		return set_aside(f, e, fault);
	f->count++;
	return item->was_tried ||
	       spool_folder_mark(f->folder, &item->entry, now_ms);
}

static bool
fill_batch(struct spool_flush *f)
{
	uint64_t now_ms = spool_now_ms();
	bool full = false;

	f->count = 0;
	f->answered = 0;
	buf_clear(&f->file);
	while (!full && f->next < f->entries.count && f->count < SPOOL_BATCH)
		if (!add_item(f, now_ms, &full))
			return false;
	spool_folder_sync(f->folder);
	return true;
}

static void
send_batch(struct spool_flush *f)
{
	struct publication publication;

	for (size_t i = 0; i < f->count; i++)
		if (parse_item(f, &f->batch[i], &publication))
			bus_publish(f->bus, &publication, published,
				    &f->batch[i]);
}

/* Claims the right to send, and lists again what is there to be sent. */
static void
claim(struct spool_flush *f)
{
	enum spool_claim claimed = spool_folder_claim(f->folder);

	if (claimed == SPOOL_CLAIMED_ELSEWHERE)
		end(f, SPOOL_FLUSH_ELSEWHERE);
	else if (claimed == SPOOL_CLAIM_FAILED || !list(f))
		stop(f, f->folder->error);
	else
		next_batch(f);
}

/* Nothing is left of the list. A message that came meanwhile may have found
 * the right to send taken, so it looks again after giving it back. */
static void
list_again(struct spool_flush *f)
{
	bool again = f->again;

	f->again = false;
	spool_folder_release(f->folder);
	if (!list(f)) {
		stop(f, f->folder->error);
		return;
	}
	if (f->entries.count == 0 && !again)
		end(f, f->refused_count > 0 ? SPOOL_FLUSH_STOPPED
					    : SPOOL_FLUSH_EMPTY);
	else
		claim(f);
}

static void
next_batch(struct spool_flush *f)
{
	if (f->next == f->entries.count)
		list_again(f);
	else if (!fill_batch(f))
		stop(f, f->folder->error);
	else if (f->count == 0)
		next_batch(f); /* all were set aside, or are refused */
	else
		send_batch(f);
}

void
spool_flush_start(struct spool_flush *f)
{
	f->again = true;
	if (f->running)
		return;
	f->running = true;
	f->sent_count = 0;
	f->aside_count = 0;
	f->refused_count = 0;
	f->entries.count = 0;
	f->next = 0;
	list_again(f);
}
