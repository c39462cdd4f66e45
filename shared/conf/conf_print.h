/* SPDX-License-Identifier: MIT */
/*
 * conf_print.h - prints the settings as a settings file.
 */
#ifndef SHARED_CONF_CONF_PRINT_H
#define SHARED_CONF_CONF_PRINT_H

#include <stdio.h>

#include "shared/conf/conf.h"

/* Each setting follows a comment with its meaning, default, range and unit. The
 * password in bus.url is printed as ***. The [channel "PATTERN"] sections
 * follow, without comments. conf_read_text() accepts the text. */
void conf_print(const struct conf *c, FILE *out);

#endif
