/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/samples.h"

#include <string.h>

const struct message HI = {
    .id = {8, 0},
    .channel = {"news", 4},
    .event = {"chat", 4},
    .data = {"hi", 2},
};

const struct message YOU = {
    .id = {9, 0},
    .channel = {"news", 4},
    .event = {"", 0},
    .data = {"you", 3},
};

const struct gap GAP = {{"news", 4}, {3, 0}, {8, 0}};

const struct batch_item HI_YOU[] = {{.message = &HI}, {.message = &YOU}};

const struct batch_item GAP_YOU[] = {{.gap = &GAP}, {.message = &YOU}};

struct message
message_of(const char *event, const char *data)
{
	return (struct message){
	    .id = {8, 0},
	    .channel = {"news", 4},
	    .event = text_of(event),
	    .data = text_of(data),
	};
}
