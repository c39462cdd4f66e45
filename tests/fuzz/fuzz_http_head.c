/* SPDX-License-Identifier: MIT */
/*
 * fuzz_http_head.c - any bytes as the head of an HTTP request.
 *
 * The head ends at the same byte however the bytes are split. It is read from
 * memory of exactly its size. The variables are NAME=VALUE, each name once,
 * without a control character; a refusal has a status and a sentence, and
 * allocates nothing.
 */
#include "config.h"

#include <string.h>

#include "shared/model/problem.h"
#include "shared/wire/http_head.h"
#include "shared/wire/http_variables.h"
#include "shared/wire/request.h"
#include "tests/fuzz/fuzz.h"

/* The length of the head, which is the same byte by byte. */
static size_t
check_length(const char *bytes, size_t len)
{
	size_t whole = http_head_length(bytes, len, 0);
	size_t cut = 0;

	check(whole <= len && (whole == 0 || bytes[whole - 1] == '\n'));
	for (size_t n = 1; n <= len && cut == 0; n++)
		cut = http_head_length(bytes, n, n - 1);
	check(cut == whole);
	return whole;
}

static void
check_variable(const struct request *r, const char *variable)
{
	const char *equals = strchr(variable, '=');
	char *name;

	check(equals != NULL && equals > variable);
	for (const char *c = variable; *c != '\0'; c++)
		check(((unsigned char)*c >= ' ' || *c == '\t') && *c != 0x7f);
	name = strndup(variable, (size_t)(equals - variable));
	check(name != NULL && strpbrk(name, " \t-") == NULL);
	for (const char *c = name; *c != '\0'; c++)
		check((unsigned char)*c < 0x80 && (*c < 'a' || *c > 'z'));
	check(request_get(r, name) == equals + 1); /* the only one */
	check(equals[1] != ' ' && equals[strlen(equals) - 1] != '\t');
	free(name);
}

static void
check_accepted(const struct http_head *head, size_t len)
{
	static const char *const some[] = {"REQUEST_METHOD", "REQUEST_URI",
					   "SCRIPT_NAME", "SERVER_PROTOCOL",
					   "HTTP_HOST"};
	const struct request r = {.variables = head->variables};
	size_t count = 0;

	for (; head->variables[count] != NULL; count++)
		check_variable(&r, head->variables[count]);
	check(count >= 7 && count <= HTTP_FIELDS_MAX + 7);
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		check(request_get(&r, some[i])[0] != '\0');
	check(request_get(&r, "REQUEST_URI")[0] == '/');
	check(strchr(request_get(&r, "SCRIPT_NAME"), '?') == NULL);
	check(request_get(&r, "HTTP_PROXY")[0] == '\0');
	check(request_content_length(&r) == 0);
	check(head->bytes.len <= 3 * len + 200);
}

static void
check_read(const uint8_t *bytes, size_t len)
{
	char *copy = malloc(len);
	struct http_head head;
	struct problem p;

	check(copy != NULL);
	if (len > 0)
		memcpy(copy, bytes, len);
	if (http_head_read(&head, copy, len, &p)) {
		check_accepted(&head, len);
	} else {
		check(p.status == 400 || p.status == 413 || p.status == 431 ||
		      p.status == 505);
		check(strlen(p.detail) > 20 &&
		      p.detail[strlen(p.detail) - 1] == '.');
		check(head.variables == NULL && head.bytes.bytes == NULL);
	}
	http_head_free(&head);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	size_t length = check_length((const char *)bytes, len);

	if (length > 0)
		check_read(bytes, length);
	return 0;
}
