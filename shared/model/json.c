/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/model/json.h"

/*
 * Where memory runs out in the middle of a string, jansson 2.14 leaves out the
 * byte it had no room for and goes on (lex_save() in load.c). So while it
 * reads for us, one failed allocation makes all that follow fail, and the
 * string with them. Its allocator is told no context, hence the static; each
 * call sets it anew.
 */
static struct {
	json_malloc_t allocate; /* jansson's own */
	bool out_of_memory;
} memory;

static void *
allocate_until_it_fails(size_t size)
{
	void *bytes = NULL;

	if (!memory.out_of_memory)
		bytes = memory.allocate(size);
	memory.out_of_memory = bytes == NULL;
	return bytes;
}

static json_t *
load(const char *text, size_t len, json_error_t *error)
{
	json_free_t release;
	json_t *root;

	json_get_alloc_funcs(&memory.allocate, &release);
	memory.out_of_memory = false;
	json_set_alloc_funcs(allocate_until_it_fails, release);
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, error);
	json_set_alloc_funcs(memory.allocate, release);
	return root;
}

/* jansson's own text is not for clients: it may end within a character. */
static const struct {
	enum json_error_code code;
	const char *text;
} faults[] = {
    {json_error_duplicate_key, "a name stands twice in an object"},
    {json_error_null_character, "a text holds a NUL (\\u0000)"},
    {json_error_null_byte_in_key, "a name holds a NUL (\\u0000)"},
    {json_error_invalid_utf8, "it is not UTF-8"},
    {json_error_stack_overflow, "it is nested too deeply"},
    {json_error_numeric_overflow, "a number is too big"},
    {json_error_premature_end_of_input, "it ends too early"},
};

static const char *
fault(enum json_error_code code)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].code == code)
			return faults[i].text;
	return "it is not JSON";
}

static void
refuse(const json_error_t *error, const char *what, struct problem *p)
{
	if (memory.out_of_memory) {
		(void)problem_set(p, 503, "There is no memory to read this.");
		p->stored = "false";
		return;
	}
	(void)problem_set(p, 400,
			  "%s cannot be read as JSON: %s, near line %d, "
			  "column %d.",
			  what, fault(json_error_code(error)), error->line,
			  error->column);
}

json_t *
json_read_object(const char *text, size_t len, const char *what,
		 struct problem *p)
{
	json_error_t error;
	json_t *root = load(text, len, &error);

	if (root == NULL) {
		refuse(&error, what, p);
	} else if (!json_is_object(root)) {
		json_decref(root);
		root = NULL;
		(void)problem_set(p, 400, "%s must be an object of JSON.",
				  what);
	}
	return root;
}
