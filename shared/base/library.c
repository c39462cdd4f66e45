/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

/* POSIX: what dlsym() returns is also a function's address. */
static bool
find_functions(void *out, void *library,
	       const struct library_function *functions)
{
	for (; functions->name != NULL; functions++) {
		void *address = dlsym(library, functions->name);

		if (address == NULL)
			return false;
		memcpy((char *)out + functions->member, &address,
		       sizeof(address));
	}
	return true;
}

enum library_status
library_load(void *out, const char *soname,
	     const struct library_function *functions)
{
	void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);

	if (library == NULL)
		return LIBRARY_MISSING;
	if (find_functions(out, library, functions))
		return LIBRARY_OK;
	dlclose(library);
	return LIBRARY_DIFFERENT;
}
