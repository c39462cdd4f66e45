/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/access.h"

#include <stddef.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/conf/conf_channel.h"

enum { NAME_SHOWN = 64 }; /* bytes of a channel, so that the rest fits */

/* A request that is being checked. */
struct check {
	struct access_keys *keys;
	const struct conf *conf;
	const struct credentials *credentials;
	const struct access_request *request;
	const struct token *token; /* that counts; NULL: none */
	/* the signature, of all channels together */
	bool is_signed;
	const char *fault; /* of the signature or the token; NULL: none */
};

static const char *
verb(enum access_right right)
{
	return right == ACCESS_SUBSCRIBE ? "subscribe to" : "publish to";
}

static unsigned int
rule(const struct conf *conf, enum access_right right, struct text channel)
{
	const struct channel_conf channel_conf = conf_channel(conf, channel);

	return right == ACCESS_SUBSCRIBE ? channel_conf.subscribe
					 : channel_conf.publish;
}

/* --- the ways ------------------------------------------------------------- */

/* The user must be what the `*` of the section stands for that sets the rule.
 */
static bool
is_user_of(const struct check *check, struct text channel)
{
	size_t field = check->request->right == ACCESS_SUBSCRIBE
			   ? offsetof(struct channel_conf, subscribe)
			   : offsetof(struct channel_conf, publish);
	struct text star;

	if (check->credentials->user == NULL)
		return false;
	return !conf_channel_star(check->conf, channel, field, &star) ||
	       text_is(star, check->credentials->user);
}

/* A connection outlives the token it began with. */
static void
check_token(struct check *check)
{
	const struct token *token = check->credentials->token;

	check->fault = check->credentials->fault;
	if (token != NULL && token_expires(token) != 0 &&
	    token_expires(token) <= clock_unix())
		check->fault = "The token has expired; get a new one.";
	else
		check->token = token;
}

static void
check_signature(struct check *check)
{
	const struct credentials *c = check->credentials;
	const char *fault;

	if (c->sig[0] == '\0')
		return;
	secret_refresh(&check->keys->sign);
	if (check->keys->sign.count == 0)
		fault = "This server accepts no signed URLs "
			"(access.secret_file).";
	else
		fault = signature_fault(
		    text_of(c->sig), &check->keys->sign, check->request->right,
		    check->request->channels, check->request->count,
		    c->sig_expires, clock_unix());
	check->is_signed = fault == NULL;
	if (fault != NULL)
		check->fault = fault;
}

/* True: a token or the signature is for this channel. `*expires` is when the
 * last of them ends, or 0. */
static bool
has_token_for(const struct check *check, struct text channel, uint64_t *expires)
{
	const struct credentials *c = check->credentials;
	enum access_right right = check->request->right;
	bool by_token =
	    check->token != NULL && token_allows(check->token, right, channel);

	*expires = check->is_signed ? c->sig_expires : 0;
	if (c->is_publisher && right == ACCESS_PUBLISH) {
		*expires = 0;
		return true;
	}
	if (by_token && (token_expires(check->token) == 0 ||
			 token_expires(check->token) > *expires))
		*expires = token_expires(check->token);
	return by_token || check->is_signed;
}

/* True: one of the ways of `who` is open. */
static bool
may(const struct check *check, struct text channel, unsigned int who,
    uint64_t *expires)
{
	const struct credentials *c = check->credentials;

	*expires = 0;
	if ((who & WHO_ANY) || ((who & WHO_REDIRECT) && c->is_redirected) ||
	    ((who & WHO_LOOPBACK) && c->is_loopback) ||
	    ((who & WHO_USER) && is_user_of(check, channel)))
		return true;
	return (who & WHO_TOKEN) && has_token_for(check, channel, expires);
}

/* --- refusals ------------------------------------------------------------- */

/* What the client could show to be let in. */
static const char *
ways(unsigned int who)
{
	switch (who & (WHO_USER | WHO_TOKEN | WHO_REDIRECT | WHO_LOOPBACK)) {
	case WHO_USER:
		return "a login at this site";
	case WHO_TOKEN:
		return "a token or a signed URL";
	case WHO_USER | WHO_TOKEN:
		return "a login, a token or a signed URL";
	case WHO_REDIRECT:
		return "a redirect by a script of this site";
	case WHO_LOOPBACK:
		return "a program on this machine";
	default:
		return who & WHO_TOKEN ? "a token, or another way of push.conf"
				       : "one of the ways of push.conf";
	}
}

/* What it shows is valid, but for something else. */
static bool
is_known(const struct check *check, unsigned int who)
{
	const struct credentials *c = check->credentials;

	return ((who & WHO_USER) && c->user != NULL) ||
	       ((who & WHO_TOKEN) &&
		(check->token != NULL || check->is_signed || c->is_publisher));
}

/* A 401 must have a challenge (RFC 9110, 15.5.2). The scheme Login is ours: it
 * says that a token does not help, and no browser asks for a password. */
static const char *
challenge(unsigned int who, bool token_is_wrong)
{
	if (!(who & WHO_TOKEN))
		return "Login realm=\"push\"";
	return token_is_wrong ? "Bearer realm=\"push\", error=\"invalid_token\""
			      : "Bearer realm=\"push\"";
}

static bool
refuse(const struct check *check, struct text channel, unsigned int who,
       struct problem *p)
{
	const char *what = verb(check->request->right);
	const char *fault = who & WHO_TOKEN ? check->fault : NULL;
	const char *setting = check->request->right == ACCESS_SUBSCRIBE
				  ? "access.subscribe"
				  : "access.publish";
	int len = channel.len < NAME_SHOWN ? (int)channel.len : NAME_SHOWN;

	if (who == 0)
		return problem_set(p, 403, "Nobody may %s %.*s by HTTP (%s).",
				   what, len, channel.bytes, setting);
	if (is_known(check, who))
		return problem_set(
		    p, 403,
		    "You may not %s %.*s: what you have is for another "
		    "channel or another right.",
		    what, len, channel.bytes);
	if (!(who & (WHO_USER | WHO_TOKEN)))
		return problem_set(p, 403, "To %s %.*s takes %s (%s).", what,
				   len, channel.bytes, ways(who), setting);
	if (fault != NULL)
		problem_set(p, 401, "To %s %.*s takes %s. %s", what, len,
			    channel.bytes, ways(who), fault);
	else
		problem_set(p, 401, "To %s %.*s takes %s (%s).", what, len,
			    channel.bytes, ways(who), setting);
	p->authenticate = challenge(who, fault != NULL);
	return false;
}

/* --- all channels --------------------------------------------------------- */

bool
access_may(struct access_result *out, struct access_keys *keys,
	   const struct conf *conf, const struct credentials *c,
	   const struct access_request *request, struct problem *p)
{
	struct check check = {
	    .keys = keys, .conf = conf, .credentials = c, .request = request};

	*out = (struct access_result){.is_open = true};
	check_token(&check);
	check_signature(&check);
	for (size_t i = 0; i < request->count; i++) {
		struct text channel = request->channels[i];
		unsigned int who = rule(conf, request->right, channel);
		uint64_t expires;

		if (!may(&check, channel, who, &expires))
			return refuse(&check, channel, who, p);
		if (!(who & WHO_ANY))
			out->is_open = false;
		out->each[i] = expires;
		if (expires > 0 &&
		    (out->expires == 0 || expires < out->expires))
			out->expires = expires;
	}
	return true;
}

/* --- publishing ----------------------------------------------------------- */

bool
access_may_publish(struct access_keys *keys, const struct conf *conf,
		   const struct credentials *c, struct text channel,
		   struct problem *p)
{
	const struct access_request request = {
	    .right = ACCESS_PUBLISH, .channels = &channel, .count = 1};
	struct access_result result;

	return access_may(&result, keys, conf, c, &request, p);
}

bool
access_may_publish_at_all(const struct conf *conf, const struct credentials *c,
			  struct problem *p)
{
	unsigned int who = conf_publish_ways(conf);
	const struct access_request request = {.right = ACCESS_PUBLISH};
	struct check check = {
	    .conf = conf, .credentials = c, .request = &request};

	check_token(&check);
	if ((who & WHO_ANY) || ((who & WHO_LOOPBACK) && c->is_loopback) ||
	    ((who & WHO_USER) && c->user != NULL) ||
	    ((who & WHO_TOKEN) &&
	     (check.token != NULL || c->is_publisher || c->sig[0] != '\0')))
		return true;
	return refuse(&check, text_of("any channel"), who, p);
}

/* --- the status ----------------------------------------------------------- */

static bool
refuse_status(const struct check *check, unsigned int who, struct problem *p)
{
	const char *fault = who & WHO_TOKEN ? check->fault : NULL;

	if (who == 0)
		return problem_set(p, 403,
				   "Nobody may read the status "
				   "(access.status).");
	if ((who & WHO_TOKEN) && check->token != NULL)
		return problem_set(p, 403,
				   "To read the status takes a token for all "
				   "channels (*).");
	problem_set(p, who & (WHO_USER | WHO_TOKEN) ? 401 : 403,
		    "To read the status takes %s (access.status).%s%s",
		    who & WHO_TOKEN ? "a token for all channels, or another "
				      "way of push.conf"
				    : ways(who),
		    fault != NULL ? " " : "", fault != NULL ? fault : "");
	if (p->status == 401)
		p->authenticate = challenge(who, fault != NULL);
	return false;
}

bool
access_may_read_status(const struct conf *conf, const struct credentials *c,
		       struct problem *p)
{
	/* no channel has a star in its name, and no variable of a URI template
	 * stands for the rest: only the selector of all channels matches */
	static const struct text all = {"*/?#&", 5};
	static const struct access_request request = {
	    .right = ACCESS_SUBSCRIBE, .channels = &all, .count = 1};
	struct check check = {
	    .conf = conf, .credentials = c, .request = &request};
	unsigned int who = conf->access_status;

	check_token(&check);
	if ((who & WHO_ANY) || ((who & WHO_REDIRECT) && c->is_redirected) ||
	    ((who & WHO_LOOPBACK) && c->is_loopback) ||
	    ((who & WHO_USER) && c->user != NULL) ||
	    ((who & WHO_TOKEN) && check.token != NULL &&
	     token_allows(check.token, ACCESS_SUBSCRIBE, all)))
		return true;
	return refuse_status(&check, who, p);
}
