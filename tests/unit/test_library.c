/* SPDX-License-Identifier: MIT */
/* shared/base/library.c: libraries that are loaded when they are needed. */
#include "config.h"

#include <jansson.h>
#include <string.h>

#include "shared/base/library.h"
#include "tests/unit/suite.h"

struct functions {
	__typeof__(json_dumps) *json_dumps;
	__typeof__(json_loads) *json_loads;
};

TEST(the_functions_of_a_library_are_found_by_name)
{
	static const struct library_function names[] = {
	    {"json_dumps", offsetof(struct functions, json_dumps)},
	    {"json_loads", offsetof(struct functions, json_loads)},
	    {NULL, 0}};
	struct functions f;

	ck_assert_int_eq(library_load(&f, "libjansson.so.4", names),
			 LIBRARY_OK);
	ck_assert(f.json_dumps == json_dumps);
	ck_assert(f.json_loads == json_loads);
}

TEST(a_library_that_is_not_installed_is_missing)
{
	static const struct library_function names[] = {{NULL, 0}};
	struct functions f;

	ck_assert_int_eq(library_load(&f, "libpushcgi-none.so.9", names),
			 LIBRARY_MISSING);
}

TEST(a_library_without_one_of_the_functions_is_different)
{
	static const struct library_function names[] = {
	    {"json_dumps", offsetof(struct functions, json_dumps)},
	    {"json_pushcgi_none", offsetof(struct functions, json_loads)},
	    {NULL, 0}};
	struct functions f;

	ck_assert_int_eq(library_load(&f, "libjansson.so.4", names),
			 LIBRARY_DIFFERENT);
}
