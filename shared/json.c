/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/json.h"

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

json_t *
json_read(const char *text, size_t len, json_error_t *error,
	  bool *out_of_memory)
{
	json_free_t release;
	json_t *root;

	json_get_alloc_funcs(&memory.allocate, &release);
	memory.out_of_memory = false;
	json_set_alloc_funcs(allocate_until_it_fails, release);
	root = json_loadb(text, len, JSON_REJECT_DUPLICATES, error);
	json_set_alloc_funcs(memory.allocate, release);
	*out_of_memory = memory.out_of_memory;
	return root;
}
