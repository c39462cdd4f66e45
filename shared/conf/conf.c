/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/conf/conf.h"

#include <string.h>

bool
conf_lists_origin(const struct conf *c, struct text origin)
{
	const char *list = c->access_origins;

	while (*list != '\0') {
		struct text listed = {list, strcspn(list, " ")};

		if (text_equals(listed, origin))
			return true;
		list += listed.len;
		list += strspn(list, " ");
	}
	return false;
}
