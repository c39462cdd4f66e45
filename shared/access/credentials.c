/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/credentials.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/access/cookie.h"
#include "shared/access/local.h"
#include "shared/base/buf.h"
#include "shared/base/xalloc.h"
#include "shared/model/rules.h"
#include "shared/wire/http_variables.h"

/* --- the user ------------------------------------------------------------- */

static const char *
header_value(const struct request *r, const char *header)
{
	const char *value;
	struct buf name;

	buf_init(&name, SIZE_MAX);
	http_variables_put_name(&name, text_of(header));
	buf_putc(&name, '\0');
	value = request_get(r, name.bytes);
	buf_free(&name);
	return value;
}

static void
read_user(struct credentials *out, const struct request *r,
	  const struct conf *conf, bool http)
{
	const char *user = "";

	if (!http)
		user = request_get(r, "REMOTE_USER");
	else if (conf->access_user_header[0] != '\0')
		user = header_value(r, conf->access_user_header);
	if (user[0] != '\0')
		out->user = xstrdup(user);
}

/* --- a redirect ----------------------------------------------------------- */

static bool
is_listed(const char *list, struct text path)
{
	struct text listed;

	while (text_word(&list, &listed))
		if (text_equals(listed, path))
			return true;
	return false;
}

/* Over HTTP/1.1 the request is as the client sent it. */
static bool
is_redirected(const struct request *r, const struct conf *conf, bool http)
{
	const char *path = request_get(r, "REDIRECT_URL");

	if (http)
		return false;
	if (path[0] == '\0')
		path = request_get(r, "REQUEST_URI");
	return is_listed(conf->access_redirect_from,
			 (struct text){path, strcspn(path, "?")});
}

/* --- a token -------------------------------------------------------------- */

static void
drop_bearer(struct credentials *c)
{
	if (c->bearer != NULL)
		explicit_bzero(c->bearer, strlen(c->bearer));
	free(c->bearer);
	c->bearer = NULL;
}

static void
keep_bearer(struct credentials *out, struct text sent)
{
	char *at = xmalloc(sent.len + 1);

	drop_bearer(out);
	out->bearer = at;
	text_copy(&at, sent);
}

/* What follows `Bearer `. NULL: another scheme, or none. */
static const char *
bearer(const struct request *r)
{
	const char *value = request_get(r, "HTTP_AUTHORIZATION");

	if (value[0] == '\0')
		value = request_get(r, "Authorization"); /* FcgidPassHeader */
	if (strncasecmp(value, "Bearer ", 7) != 0)
		return NULL;
	return value + 7 + strspn(value + 7, " ");
}

static void
read_token(struct credentials *out, struct access_keys *keys, struct text jwt)
{
	out->is_any = true;
	if (keys->tokens == NULL)
		out->fault = "This server accepts no JSON Web Tokens "
			     "(access.jwt_key_file).";
	else
		out->token = token_verify(keys->tokens, jwt, &out->fault);
	if (out->token != NULL)
		keep_bearer(out, jwt);
}

/* A secret of access.publish_secret. */
static bool
read_publisher(struct credentials *out, struct access_keys *keys,
	       struct text sent)
{
	secret_refresh(&keys->publish);
	out->is_publisher = secret_is(&keys->publish, sent);
	if (out->is_publisher)
		keep_bearer(out, sent);
	return out->is_publisher;
}

static void
read_tokens(struct credentials *out, struct access_keys *keys,
	    const struct request *r, const struct conf *conf,
	    struct text parameter)
{
	const char *sent = bearer(r);
	struct text cookie;
	enum cookie_status status =
	    cookie_find(&cookie, text_of(request_get(r, "HTTP_COOKIE")),
			conf->access_cookie);

	if (sent != NULL && read_publisher(out, keys, text_of(sent)))
		out->is_any = true;
	else if (sent != NULL)
		read_token(out, keys, text_of(sent));
	else if (parameter.len > 0)
		read_token(out, keys, parameter);
	else if (status == COOKIE_FOUND)
		read_token(out, keys, cookie);
	else if (status == COOKIE_AMBIGUOUS)
		out->fault = "There are two cookies with a token.";
}

/* --- a signature ---------------------------------------------------------- */

static void
read_signature(struct credentials *out, const struct access_params *params)
{
	if (params->sig.len == 0 && params->expires.len == 0)
		return;
	out->is_any = true;
	if (params->sig.len != SIGNATURE_LEN ||
	    !signature_read_expires(&out->sig_expires, params->expires)) {
		if (out->fault == NULL)
			out->fault = "A signed URL has 43 characters in sig "
				     "and seconds since 1970 in expires.";
		return;
	}
	memcpy(out->sig, params->sig.bytes, SIGNATURE_LEN);
}

/* --- all ------------------------------------------------------------------ */

void
credentials_read(struct credentials *out, struct access_keys *keys,
		 const struct request *r, const struct conf *conf,
		 const struct access_params *params, bool http)
{
	memset(out, 0, sizeof(*out));
	read_user(out, r, conf, http);
	read_tokens(out, keys, r, conf, params->token);
	read_signature(out, params);
	out->is_redirected = is_redirected(r, conf, http);
	out->is_loopback = local_is_client(r);
	out->is_any = out->is_any || out->user != NULL || out->is_redirected ||
		      request_get(r, "HTTP_COOKIE")[0] != '\0';
}

void
credentials_extend(struct credentials *out, struct access_keys *keys,
		   const struct credentials *base,
		   const struct access_params *params)
{
	*out = *base;
	if (base->user != NULL)
		out->user = xstrdup(base->user);
	out->is_redirected = false; /* for what the script has named alone */
	out->token = NULL;
	out->bearer = NULL;
	if (base->is_publisher)
		read_publisher(out, keys, text_of(base->bearer));
	if (params->token.len > 0) {
		out->fault = NULL;
		read_token(out, keys, params->token);
	} else if (base->token != NULL) {
		read_token(out, keys, text_of(base->bearer));
	}
	read_signature(out, params);
}

const char *
credentials_user(const struct credentials *c)
{
	if (c->user != NULL && user_fault(text_of(c->user)) == NULL)
		return c->user;
	return c->token != NULL ? token_subject(c->token) : NULL;
}

void
credentials_free(struct credentials *c)
{
	free(c->user);
	token_unref(c->token);
	drop_bearer(c);
	memset(c, 0, sizeof(*c));
}
