/* SPDX-License-Identifier: MIT */
/*
 * credentials.h - what a request shows of who sends it.
 *
 *	REMOTE_USER	the web server has authenticated a user; over HTTP/1.1
 *			the header access.user_header instead
 *	a redirect	a script of access.redirect_from has sent the request
 *			here. Apache says so in REDIRECT_URL; lighttpd leaves
 *			the path of the script in REQUEST_URI
 *	a token		Authorization: Bearer, the parameter token, or the
 *			cookie access.cookie; the first that is there counts
 *	a signature	the parameters expires and sig (signature.h)
 *	loopback	the address of the client and the Host are local, and no
 *			proxy has added a header
 *
 * A client cannot set REMOTE_USER, REDIRECT_URL or REQUEST_URI: its headers
 * become HTTP_*. REDIRECT_STATUS says nothing: lighttpd sets it in each
 * request, Apache after any internal redirect.
 *
 * Source: RFC 6750, RFC 3875 section 4.1.11; Apache mod_rewrite and mod_cgi,
 *         lighttpd cgi.local-redir
 */
#ifndef SHARED_ACCESS_CREDENTIALS_H
#define SHARED_ACCESS_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/access/keys.h"
#include "shared/access/signature.h"
#include "shared/access/token.h"
#include "shared/base/attributes.h"
#include "shared/base/text.h"
#include "shared/conf/conf.h"
#include "shared/wire/request.h"

/* The parameters of a request that are about access. Each empty: not given. */
struct access_params {
	struct text token, expires, sig;
};

/* Zeroed it has none. It owns its user, token and bearer. */
struct credentials {
	char *user;		  /* NULL: none */
	struct token *token;	  /* verified; NULL: none */
	char *bearer;		  /* the text of the token, or the secret of a
				   * publisher; NULL: none of that counted */
	const char *fault;	  /* why a token or `expires` does not count: a
				   * sentence. Static; NULL: none of that */
	char sig[SIGNATURE_SIZE]; /* "": none; not verified: that takes the
				   * channels */
	uint64_t sig_expires;
	bool is_publisher;  /* it has the secret access.publish_secret */
	bool is_redirected; /* by a script of the site */
	bool is_loopback;
	bool is_any; /* it shows something, so its response is private */
};

/* `http`: the request came over HTTP/1.1, not FastCGI or CGI. */
void credentials_read(struct credentials *out, struct access_keys *keys,
		      const struct request *r, const struct conf *conf,
		      const struct access_params *params, bool http);

/* The same with what a command of the client adds, which counts more. The token
 * or secret of the request counts if it still would: its key may have been
 * replaced. The redirect does not count: the script chose the channels of the
 * request, not those of a command. */
void credentials_extend(struct credentials *out, struct access_keys *keys,
			const struct credentials *base,
			const struct access_params *params);

/* Who it is: the user that the web server has authenticated, or, if there is
 * none or that is no name (rules.h), the subject of the token. NULL: neither.
 * Borrowed. */
const char *credentials_user(const struct credentials *c) MUST_USE;

void credentials_free(struct credentials *c);

#endif
