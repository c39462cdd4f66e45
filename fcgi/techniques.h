/* SPDX-License-Identifier: MIT */
/*
 * techniques.h - the techniques, each defined in the file of its name. A
 * program is main.c with one of them; tests may link several.
 */
#ifndef FCGI_TECHNIQUES_H
#define FCGI_TECHNIQUES_H

#include "shared/technique.h"

extern const struct technique technique_http;
extern const struct technique technique_iframe;
extern const struct technique technique_jsonp;
extern const struct technique technique_longpoll;
extern const struct technique technique_poll;
extern const struct technique technique_publish;
extern const struct technique technique_sse;
extern const struct technique technique_status;
extern const struct technique technique_stream;
extern const struct technique technique_websocket;

#endif
