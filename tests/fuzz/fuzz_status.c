/* SPDX-License-Identifier: MIT */
/*
 * fuzz_status.c - any text as the entry of a process, and all reports of it.
 *
 * The JSON parses, the data of an event has no line break, no text of the entry
 * begins a tag, and each line of the metrics has its form.
 */
#include "config.h"

#include <jansson.h>
#include <string.h>

#include "fcgi/techniques.h"
#include "shared/status/status.h"
#include "tests/fuzz/fuzz.h"

static void
put(struct buf *out, enum report report, const struct status *s)
{
	const struct format format = {.report = report};

	buf_clear(out);
	technique_status.status->response(&format, s, out);
	check(buf_ok(out));
	check(out->len > 0 && out->bytes[out->len - 1] == '\n');
	check(memchr(out->bytes, '\0', out->len) == NULL);
}

static void
check_json(const struct buf *out)
{
	json_t *root =
	    json_loadb(out->bytes, out->len, JSON_REJECT_DUPLICATES, NULL);

	check(json_is_object(root));
	json_decref(root);
}

static size_t
count_of(const struct buf *out, char c)
{
	size_t count = 0;

	for (size_t i = 0; i < out->len; i++)
		count += out->bytes[i] == c;
	return count;
}

/* A line begins with our name or is a comment. */
static void
check_metrics(const struct buf *out)
{
	const char *at = out->bytes, *end = at + out->len;

	while (at < end) {
		check(strncmp(at, "pushcgi_", 8) == 0 ||
		      strncmp(at, "# ", 2) == 0);
		at = memchr(at, '\n', (size_t)(end - at));
		check(at != NULL);
		at++;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct status s;
	struct buf out;
	size_t tags;

	status_begin(&s, "web1", 1800000000000, 8000);
	status_add(&s, (struct text){(const char *)bytes, len});
	check(s.count + s.unreadable == 1);
	status_finish(&s);
	buf_init(&out, 4 * 1024 * 1024);
	put(&out, REPORT_JSON, &s);
	check_json(&out);
	put(&out, REPORT_HEALTH_JSON, &s);
	check_json(&out);
	put(&out, REPORT_HEALTH, &s);
	put(&out, REPORT_METRICS, &s);
	check_metrics(&out);
	put(&out, REPORT_EVENTS, &s);
	check(count_of(&out, '\n') == 3 && count_of(&out, '\r') == 0);
	tags = count_of(&out, '<');
	check(tags == count_of(&out, '>'));
	put(&out, REPORT_PAGE, &s);
	buf_free(&out);
	status_free(&s);
	return 0;
}
