/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/json.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"

/* jansson's own texts are not sent to clients: they quote the input, and may
 * cut a character in two. */
static const char UNICODE_FAULT[] = "invalid Unicode";

static const struct {
	enum json_error_code code;
	const char *text;
} faults[] = {
    {json_error_duplicate_key, "duplicate name in an object"},
    {json_error_null_character, "a string contains a NUL (\\u0000)"},
    {json_error_null_byte_in_key, "a name contains a NUL (\\u0000)"},
    {json_error_invalid_utf8, "not UTF-8"},
    {json_error_stack_overflow, "nested too deeply"},
    {json_error_numeric_overflow, "number too big"},
    {json_error_premature_end_of_input, "unexpected end"},
};

static const char *
fault(const json_error_t *error)
{
	enum json_error_code code = json_error_code(error);

	/* It has no code of its own. */
	if (strncmp(error->text, UNICODE_FAULT, strlen(UNICODE_FAULT)) == 0)
		return "half of a surrogate pair (\\uD800 to \\uDFFF)";
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].code == code)
			return faults[i].text;
	return "syntax error";
}

/* jansson can leave bytes out of a string when an allocation fails
 * (lex_save() in its load.c, 2.14), so failing must end the process. */
static json_t *
load(const struct buf *text, json_error_t *error)
{
	static bool prepared;

	if (!prepared)
		json_set_alloc_funcs(xmalloc, free);
	prepared = true;
	return json_loadb(text->bytes != NULL ? text->bytes : "", text->len,
			  JSON_REJECT_DUPLICATES, error);
}

json_t *
json_read_object(struct text text, const struct json_member *read,
		 const char *what, struct problem *p)
{
	struct buf pruned;
	json_error_t error;
	json_t *root;

	/* jansson ignores one after a number. */
	if (text.len > 0 && memchr(text.bytes, '\0', text.len) != NULL) {
		problem_set(p, 400, "%s is not valid JSON: it has a NUL byte.",
			    what);
		return NULL;
	}
	buf_init(&pruned, text.len);
	if (text.len > 0 && read != NULL)
		json_prune(&pruned, text, read);
	else if (text.len > 0)
		buf_put(&pruned, text.bytes, text.len);
	root = load(&pruned, &error);
	buf_free(&pruned);
	if (root == NULL) {
		problem_set(p, 400,
			    "%s is not valid JSON: %s, line %d, "
			    "column %d.",
			    what, fault(&error), error.line, error.column);
	} else if (!json_is_object(root)) {
		json_decref(root);
		root = NULL;
		problem_set(p, 400, "%s must be a JSON object.", what);
	}
	return root;
}
