/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/samples.h"

#include <string.h>

const struct message HI = {
    .id = {8, 0},
    .channel = "news",
    .channel_len = 4,
    .event = "chat",
    .event_len = 4,
    .data = "hi",
    .data_len = 2,
};

const struct message YOU = {
    .id = {9, 0},
    .channel = "news",
    .channel_len = 4,
    .event = "",
    .data = "you",
    .data_len = 3,
};

const struct gap GAP = {"news", 4, {3, 0}, {8, 0}};

const struct batch_item HI_YOU[] = {{&HI, NULL, {NULL, 0}},
				    {&YOU, NULL, {NULL, 0}}};

const struct batch_item GAP_YOU[] = {{NULL, &GAP, {NULL, 0}},
				     {&YOU, NULL, {NULL, 0}}};

struct message
message_of(const char *event, const char *data)
{
	return (struct message){
	    .id = {8, 0},
	    .channel = "news",
	    .channel_len = 4,
	    .event = event,
	    .event_len = strlen(event),
	    .data = data,
	    .data_len = strlen(data),
	};
}
