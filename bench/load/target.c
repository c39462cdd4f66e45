/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bench/load/target.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX = 40000, PATH_BYTES = 2048 };

static const char *const FRAMINGS[] = {"sse", "ndjson", "websocket", "longpoll",
				       NULL};
static const char *const LIVES[] = {"cursor", "first", "head", NULL};
static const char *const CURSORS[] = {"none", "id", "json", "etag", NULL};

static bool
say(const char *what, const char *value)
{
	fprintf(stderr, "load: description: %s: %s\n", what, value);
	return false;
}

static bool
one_of(const char *const *names, const char *value, int *out)
{
	for (int i = 0; names[i]; i++) {
		if (strcmp(names[i], value) == 0) {
			*out = i;
			return true;
		}
	}
	return say("not known", value);
}

static bool
read_address(struct sockaddr_in *to, const char *text)
{
	char ip[INET_ADDRSTRLEN];
	const char *colon = strchr(text, ':');
	unsigned long port = colon ? strtoul(colon + 1, NULL, 10) : 0;

	if (!colon || (size_t)(colon - text) >= sizeof(ip) || port == 0 ||
	    port > 65535)
		return say("no IP:PORT", text);
	memcpy(ip, text, (size_t)(colon - text));
	ip[colon - text] = '\0';
	to->sin_family = AF_INET;
	to->sin_port = htons((uint16_t)port);
	return inet_pton(AF_INET, ip, &to->sin_addr) == 1 ||
	       say("no IPv4 address", text);
}

static bool
set(char **to, const char *value)
{
	free(*to);
	*to = strdup(value);
	return *to != NULL;
}

/* \n and \\ stand for what cannot stand in a line. */
static bool
set_escaped(char **to, const char *value)
{
	char *out;

	if (!set(to, value))
		return false;
	for (out = *to; *value; value++) {
		if (value[0] == '\\' && value[1] == 'n') {
			*out++ = '\n';
			value++;
		} else if (value[0] == '\\' && value[1] == '\\') {
			*out++ = '\\';
			value++;
		} else {
			*out++ = *value;
		}
	}
	*out = '\0';
	return true;
}

static bool
add_header(char **to, const char *value)
{
	char *all;

	if (asprintf(&all, "%s%s\r\n", *to ? *to : "", value) < 0)
		return false;
	free(*to);
	*to = all;
	return true;
}

static bool
take_text(struct target *t, const char *key, const char *value)
{
	const struct {
		const char *key;
		char **to;
		bool (*how)(char **, const char *);
	} texts[] = {
	    {"subscribe", &t->subscribe, set},
	    {"first_path", &t->first_path, set},
	    {"header", &t->headers, add_header},
	    {"resume_path", &t->resume_path, set},
	    {"resume_header", &t->resume_header, set},
	    {"publish", &t->publish, set},
	    {"publish_header", &t->publish_headers, add_header},
	    {"publish_body", &t->publish_body, set_escaped},
	    {"publish_command", &t->publish_command, set},
	    {"publish_line", &t->publish_line, set_escaped},
	    {"fast_command", &t->fast_command, set},
	    {"fast_line", &t->fast_line, set_escaped},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (strcmp(texts[i].key, key) == 0)
			return texts[i].how(texts[i].to, value);
	}
	return true; /* for others who read it */
}

static bool
take(struct target *t, const char *key, const char *value)
{
	int n = 0;

	if (strcmp(key, "address") == 0)
		return read_address(&t->address, value);
	if (strcmp(key, "publish_address") == 0)
		return read_address(&t->publish_address, value);
	if (strcmp(key, "framing") == 0) {
		if (!one_of(FRAMINGS, value, &n))
			return false;
		t->framing = (enum target_framing)n;
	} else if (strcmp(key, "live") == 0) {
		if (!one_of(LIVES, value, &n))
			return false;
		t->live = (enum target_live)n;
	} else if (strcmp(key, "cursor") == 0) {
		if (!one_of(CURSORS, value, &n))
			return false;
		t->cursor = (enum target_cursor)n;
	} else if (strcmp(key, "publish_pipeline") == 0) {
		t->publish_pipeline = (uint32_t)strtoul(value, NULL, 10);
	} else if (strcmp(key, "publish_requests") == 0) {
		t->publish_requests = (uint32_t)strtoul(value, NULL, 10);
	} else {
		return take_text(t, key, value);
	}
	return true;
}

static bool
is_whole(struct target *t)
{
	if (!t->address.sin_port || !t->subscribe)
		return say("misses", "address, subscribe");
	if (!t->publish_address.sin_port)
		t->publish_address = t->address;
	if (!t->publish == !t->publish_command)
		return say("needs one of", "publish, publish_command");
	if (t->publish_command && !t->publish_line)
		return say("misses", "publish_line");
	if (t->publish_pipeline == 0)
		t->publish_pipeline = 1;
	return true;
}

bool
target_read(struct target *t, const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	char *line = NULL, *equals;
	size_t size = 0;
	ssize_t n;
	bool good = true;

	memset(t, 0, sizeof(*t));
	if (!f)
		return say("cannot be read", path);
	while (good && (n = getline(&line, &size, f)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		equals = strchr(line, '=');
		if (*line == '#' || !equals)
			continue;
		*equals = '\0';
		good = take(t, line, equals + 1);
	}
	free(line);
	if (f != stdin)
		fclose(f);
	return good && is_whole(t);
}

void
target_free(struct target *t)
{
	free(t->subscribe);
	free(t->first_path);
	free(t->headers);
	free(t->resume_path);
	free(t->resume_header);
	free(t->publish);
	free(t->publish_headers);
	free(t->publish_body);
	free(t->publish_command);
	free(t->publish_line);
	free(t->fast_command);
	free(t->fast_line);
	memset(t, 0, sizeof(*t));
}

static void
replace(char **what, char **with)
{
	free(*what);
	*what = *with;
	*with = NULL;
}

void
target_be_fast(struct target *t)
{
	if (!t->fast_command || !t->fast_line)
		return;
	free(t->publish);
	t->publish = NULL;
	replace(&t->publish_command, &t->fast_command);
	replace(&t->publish_line, &t->fast_line);
}

bool
target_resumes(const struct target *t)
{
	return t->cursor == CURSOR_ETAG ||
	       (t->cursor != CURSOR_NONE &&
		(t->resume_path || t->resume_header));
}

static size_t
fits(int n, size_t size)
{
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

struct value {
	const char *name; /* "{channel}" */
	const char *text;
};

/* Writes `template` with its names replaced; cut off where `out` ends, which
 * the caller sees by the NUL being the last byte. */
static void
fill(char *out, size_t size, const char *template, const struct value *values,
     size_t n)
{
	size_t at = 0;

	while (*template && at < size - 1) {
		size_t i = 0;

		while (i < n && (*template != '{' ||
				 strncmp(template, values[i].name,
					 strlen(values[i].name)) != 0))
			i++;
		if (i == n) {
			out[at++] = *template ++;
			continue;
		}
		template += strlen(values[i].name);
		at +=
		    (size_t)snprintf(out + at, size - at, "%s", values[i].text);
	}
	out[at < size ? at : size - 1] = '\0';
}

static const char *
path_of(const struct target *t, const char *cursor)
{
	if (cursor)
		return t->resume_path ? t->resume_path : t->subscribe;
	return t->first_path ? t->first_path : t->subscribe;
}

size_t
target_request(const struct target *t, char *out, size_t size, uint32_t channel,
	       const char *cursor)
{
	static const char upgrade[] =
	    "Upgrade: websocket\r\n"
	    "Connection: Upgrade\r\n"
	    "Sec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n";
	char name[16], path[PATH_BYTES], resume[PATH_BYTES] = "";
	const struct value values[] = {{"{channel}", name},
				       {"{cursor}", cursor ? cursor : ""}};
	bool socket = t->framing == FRAMING_WEBSOCKET;
	bool etag = cursor && t->cursor == CURSOR_ETAG;

	snprintf(name, sizeof(name), "c%" PRIu32, channel);
	fill(path, sizeof(path), path_of(t, cursor), values, 2);
	if (cursor && t->resume_header)
		fill(resume, sizeof(resume), t->resume_header, values, 2);
	return fits(snprintf(out, size,
			     "GET %s HTTP/1.1\r\n"
			     "Host: localhost\r\n"
			     "%s%s%s%s%s"
			     "\r\n",
			     path, socket ? upgrade : "",
			     socket && t->deflate ? "Sec-WebSocket-Extensions: "
						    "permessage-deflate\r\n"
						  : "",
			     t->headers ? t->headers : "",
			     etag ? cursor : resume, *resume ? "\r\n" : ""),
		    size);
}

size_t
target_publication(const struct target *t, char *out, size_t size,
		   uint32_t channel, const char *data)
{
	static char body[BODY_MAX];
	char name[16], path[PATH_BYTES];
	const struct value values[] = {{"{channel}", name}, {"{data}", data}};

	snprintf(name, sizeof(name), "c%" PRIu32, channel);
	fill(body, sizeof(body),
	     !t->publish       ? t->publish_line
	     : t->publish_body ? t->publish_body
			       : "{data}",
	     values, 2);
	if (!t->publish)
		return fits(snprintf(out, size, "%s\n", body), size);
	fill(path, sizeof(path), t->publish, values, 2);
	return fits(snprintf(out, size,
			     "POST %s HTTP/1.1\r\n"
			     "Host: localhost\r\n"
			     "%s"
			     "Content-Length: %zu\r\n"
			     "\r\n"
			     "%s",
			     path, t->publish_headers ? t->publish_headers : "",
			     strlen(body), body),
		    size);
}
