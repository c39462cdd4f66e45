/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/wire/http_head.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/base/number.h"
#include "shared/wire/http_head_private.h"

/* What http_head_read() is doing. */
struct reading {
	const char *at;
	const char *end;
	struct text host; /* of a target that names one; else empty */
	struct http_parts parts;
	struct problem *p;
};

size_t
http_head_length(const char *bytes, size_t len, size_t seen)
{
	while (seen < len) {
		const char *lf = memchr(bytes + seen, '\n', len - seen);
		size_t at;

		if (lf == NULL)
			return 0;
		at = (size_t)(lf - bytes);
		seen = at + 1;
		if (at > 0 && bytes[at - 1] == '\r')
			at--;
		if (at == 0 || bytes[at - 1] == '\n')
			return seen;
	}
	return 0;
}

static bool
is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

/* Whether it is letters, digits and these `others`, and not empty. */
static bool
is_made_of(struct text part, const char *others)
{
	for (size_t i = 0; i < part.len; i++)
		if (!is_alphanumeric(part.bytes[i]) &&
		    (part.bytes[i] == '\0' ||
		     strchr(others, part.bytes[i]) == NULL))
			return false;
	return part.len > 0;
}

static bool
is_token(struct text part)
{
	return is_made_of(part, "!#$%&'*+-.^_`|~");
}

/* A name or address, and perhaps a port (RFC 3986 section 3.2). */
static bool
is_host(struct text part)
{
	return is_made_of(part, "-._~%!$&'()*+,;=:[]");
}

static bool
is_printable(struct text part)
{
	for (size_t i = 0; i < part.len; i++)
		if (part.bytes[i] <= ' ' || part.bytes[i] > '~')
			return false;
	return true;
}

/* Whether a value holds no control characters but tabs. */
static bool
is_value(struct text part)
{
	for (size_t i = 0; i < part.len; i++) {
		unsigned char c = (unsigned char)part.bytes[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct text
trim(struct text part)
{
	while (part.len > 0 && is_blank(part.bytes[part.len - 1]))
		part.len--;
	while (part.len > 0 && is_blank(*part.bytes)) {
		part.bytes++;
		part.len--;
	}
	return part;
}

static bool
is_named(struct text name, const char *want)
{
	return name.len == strlen(want) &&
	       strncasecmp(name.bytes, want, name.len) == 0;
}

/* Divides `*rest` at the first `c`: what is before it, and what is after it
 * stays. False: there is none. */
static bool
divide(struct text *rest, char c, struct text *before)
{
	const char *at =
	    rest->len == 0 ? NULL : memchr(rest->bytes, c, rest->len);

	if (at == NULL)
		return false;
	before->bytes = rest->bytes;
	before->len = (size_t)(at - rest->bytes);
	rest->bytes = at + 1;
	rest->len -= before->len + 1;
	return true;
}

/* The next line, without its CRLF. */
static bool
next_line(struct reading *r, struct text *line)
{
	struct text rest = {r->at, (size_t)(r->end - r->at)};

	if (!divide(&rest, '\n', line))
		return problem_set(r->p, 400,
				   "The head of the request is cut off: end "
				   "it with an empty line.");
	if (line->len == 0 || line->bytes[line->len - 1] != '\r')
		return problem_set(r->p, 400,
				   "A line of the request's head ends in LF "
				   "alone: end each in CRLF.");
	line->len--;
	r->at = rest.bytes;
	return true;
}

/* Takes scheme and authority off a target in absolute-form, as a proxy may
 * send it (RFC 9112 section 3.2.2). */
static bool
strip_authority(struct reading *r)
{
	static const char *const schemes[] = {"http://", "https://"};
	struct text *t = &r->parts.target;
	const char *slash;

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i]);

		if (t->len < len || strncasecmp(t->bytes, schemes[i], len) != 0)
			continue;
		r->host = (struct text){t->bytes + len, t->len - len};
		slash = memchr(r->host.bytes, '/', r->host.len);
		if (slash == NULL)
			break;
		r->host.len = (size_t)(slash - r->host.bytes);
		t->len -= (size_t)(slash - t->bytes);
		t->bytes = slash;
		return is_host(r->host) ||
		       problem_set(r->p, 400,
				   "The request line names no valid host: "
				   "ask for http://HOST/PATH or /PATH.");
	}
	return problem_set(r->p, 400,
			   "The target of the request is no path: ask for one "
			   "that begins with /.");
}

static bool
check_version(struct reading *r, struct text version)
{
	const char *v = version.bytes;

	if (version.len != strlen("HTTP/1.1") ||
	    memcmp(v, "HTTP/", strlen("HTTP/")) != 0 || v[5] < '0' ||
	    v[5] > '9' || v[6] != '.' || v[7] < '0' || v[7] > '9')
		return problem_set(r->p, 400,
				   "The request line cannot be read: send "
				   "METHOD /PATH HTTP/1.1 with single spaces.");
	if (v[5] != '1' || v[7] != '1')
		return problem_set(r->p, 505,
				   "This is HTTP/%c.%c: ask in HTTP/1.1.", v[5],
				   v[7]);
	return true;
}

static bool
read_request_line(struct reading *r)
{
	struct text line, version;

	if (!next_line(r, &line))
		return false;
	version = line;
	if (!divide(&version, ' ', &r->parts.method) ||
	    !divide(&version, ' ', &r->parts.target))
		version.len = 0;
	if (!check_version(r, version))
		return false;
	if (!is_token(r->parts.method))
		return problem_set(r->p, 400,
				   "The method of the request is no word: "
				   "use one such as GET.");
	if (!is_printable(r->parts.target))
		return problem_set(r->p, 400,
				   "The target of the request holds bytes no "
				   "URL may: write them as %%XX.");
	return (r->parts.target.len > 0 && r->parts.target.bytes[0] == '/') ||
	       strip_authority(r);
}

/* Reads the line of a field into `f`. */
static bool
read_field(struct reading *r, struct text line, struct http_field *f)
{
	if (is_blank(*line.bytes))
		return problem_set(r->p, 400,
				   "A line of the request's head begins with a "
				   "space: put each field on one line.");
	if (!divide(&line, ':', &f->name) || !is_token(f->name))
		return problem_set(r->p, 400,
				   "A line of the request's head is no field: "
				   "send NAME: VALUE, without a space before "
				   "the colon.");
	f->value = trim(line);
	if (!is_value(f->value))
		return problem_set(r->p, 400,
				   "The field %.*s holds a control character: "
				   "leave it out.",
				   (int)(f->name.len > 80 ? 80 : f->name.len),
				   f->name.bytes);
	/* X_Y would be taken for X-Y, which the server in front of us may have
	 * set. Proxy: httpoxy.org. */
	f->left_out = memchr(f->name.bytes, '_', f->name.len) != NULL ||
		      is_named(f->name, "Proxy");
	return true;
}

/* Reads all up to the empty line, which must be the last. */
static bool
read_fields(struct reading *r)
{
	struct text line;

	for (;;) {
		if (!next_line(r, &line))
			return false;
		if (line.len == 0)
			break;
		if (r->parts.count == HTTP_HEAD_FIELDS_MAX)
			return problem_set(r->p, 431,
					   "The request has more than %d "
					   "fields: send fewer.",
					   HTTP_HEAD_FIELDS_MAX);
		if (!read_field(r, line, &r->parts.fields[r->parts.count]))
			return false;
		r->parts.count++;
	}
	return r->at == r->end ||
	       problem_set(r->p, 400,
			   "An empty line stands within the request's head: "
			   "leave it out.");
}

/* The last field of that name, or NULL. */
static struct http_field *
find(struct reading *r, const char *name)
{
	for (size_t i = r->parts.count; i-- > 0;)
		if (!r->parts.fields[i].left_out &&
		    is_named(r->parts.fields[i].name, name))
			return &r->parts.fields[i];
	return NULL;
}

/* Fields that are no lists: two would leave open which one counts. */
static bool
check_single(struct reading *r)
{
	static const char *const single[] = {"Host", "Origin", "Content-Length",
					     "Sec-WebSocket-Key",
					     "Sec-WebSocket-Version"};

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		size_t n = 0;

		for (size_t k = 0; k < r->parts.count; k++)
			n += is_named(r->parts.fields[k].name, single[i]);
		if (n > 1)
			return problem_set(r->p, 400,
					   "The field %s stands more than "
					   "once: send it once.",
					   single[i]);
	}
	return true;
}

static bool
check_host(struct reading *r)
{
	struct http_field *host = find(r, "Host");

	if (host == NULL || !is_host(host->value))
		return problem_set(r->p, 400,
				   "The request names no valid host: send it "
				   "in a field Host.");
	if (r->host.len > 0)
		host->value = r->host; /* RFC 9112 section 3.2.2 */
	return true;
}

static bool
check_no_body(struct reading *r)
{
	struct http_field *length = find(r, "Content-Length");
	uint64_t n = 0;

	if (length != NULL && !number_parse(&n, length->value, UINT64_MAX))
		return problem_set(r->p, 400,
				   "The field Content-Length is not a whole "
				   "number.");
	if (n > 0 || find(r, "Transfer-Encoding") != NULL)
		return problem_set(r->p, 413,
				   "No body is taken here: send the request "
				   "without one.");
	if (length != NULL)
		length->left_out = true;
	return true;
}

static void
divide_target(struct http_parts *parts)
{
	parts->query = parts->target;
	if (divide(&parts->query, '?', &parts->path))
		return;
	parts->path = parts->target;
	parts->query.len = 0;
}

/* The address the server in front of us added is taken out of its field: what
 * is left there is what the client said. */
static void
take_address(struct reading *r)
{
	struct http_field *f = find(r, "X-Forwarded-For");
	struct text *address = &r->parts.address;
	struct text before;

	if (f == NULL)
		return;
	*address = f->value;
	while (divide(address, ',', &before))
		;
	f->value.len -= address->len;
	if (f->value.len > 0)
		f->value.len--; /* the comma */
	f->value = trim(f->value);
	f->left_out = f->value.len == 0;
	*address = trim(*address);
}

bool
http_head_read(struct http_head *out, const char *bytes, size_t len,
	       struct problem *p)
{
	struct reading r = {.at = bytes, .end = bytes + len, .p = p};

	*out = (struct http_head){0};
	if (!read_request_line(&r) || !read_fields(&r) || !check_single(&r) ||
	    !check_host(&r) || !check_no_body(&r))
		return false;
	divide_target(&r.parts);
	take_address(&r);
	return http_head_put(out, &r.parts) ||
	       problem_set(p, 503, "Out of memory: try again in a moment.");
}

void
http_head_free(struct http_head *head)
{
	buf_free(&head->bytes);
	free(head->variables);
	*head = (struct http_head){0};
}
