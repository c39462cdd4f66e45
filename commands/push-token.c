/* SPDX-License-Identifier: MIT */
/*
 * push-token.c - makes what a page shows to be let in: signed URLs, and tokens.
 *
 * Manual: push-token(1)
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "commands/push-token-explain.h"
#include "commands/push-token-jwt.h"
#include "commands/push-token-options.h"
#include "commands/push-token-secret.h"
#include "commands/push-token-url.h"
#include "shared/access/claims.h"
#include "shared/access/hmac.h"
#include "shared/access/secret.h"
#include "shared/base/buf.h"
#include "shared/base/clock.h"
#include "shared/base/descriptors.h"
#include "shared/base/file_text.h"
#include "shared/conf/conf_load.h"
#include "shared/conf/conf_set.h"

static enum push_token_exit
fail(enum push_token_exit status, const char *reason)
{
	fprintf(stderr, "push-token: %s\n", reason);
	return status;
}

/* What a shell redirects to may be full. */
static enum push_token_exit
print(const struct buf *line)
{
	if (fwrite(line->bytes, 1, line->len, stdout) == line->len &&
	    putchar('\n') != EOF && fflush(stdout) == 0)
		return PUSH_TOKEN_PRINTED;
	return fail(PUSH_TOKEN_FAILED, strerror(errno));
}

/* That of --secret-file, or the one of the settings, which it may borrow.
 * False: the reason is said. */
static bool
open_secret(struct secret *secret, const struct push_token_options *o,
	    struct conf *conf)
{
	char error[SECRET_FAULT_SIZE], conf_error[CONF_ERROR_SIZE];
	const char *fault = NULL;

	if (o->secret_file != NULL) {
		if (!secret_open(secret, "", o->secret_file, error))
			fault = error;
	} else if (!conf_load(conf, o->conf, conf_error))
		fault = conf_error;
	else if (!secret_open(secret, conf->access_secret,
			      conf->access_secret_file, error))
		fault = error;
	else if (secret->count == 0)
		fault = "There is no secret: set access.secret_file in "
			"push.conf, or give --secret-file.";
	if (fault != NULL)
		fail(PUSH_TOKEN_FAILED, fault);
	return fault == NULL;
}

static enum push_token_exit
sign_url(struct buf *out, const struct push_token_options *o,
	 const struct secret *secret)
{
	const char *fault;

	if (push_token_url(out, o, secret, clock_unix()))
		return PUSH_TOKEN_PRINTED;
	fault = hmac_fault();
	return fail(PUSH_TOKEN_FAILED,
		    fault == NULL ? "The URL cannot be signed." : fault);
}

static enum push_token_exit
open_and_sign(struct buf *out, const struct push_token_options *o)
{
	static struct conf conf;
	struct secret secret;
	enum push_token_exit status = PUSH_TOKEN_FAILED;
	const char *fault =
	    o->url == NULL ? NULL : push_token_url_fault(o->url);

	if (fault != NULL)
		return fail(PUSH_TOKEN_USAGE, fault);
	if (open_secret(&secret, o, &conf)) {
		status = sign_url(out, o, &secret);
		secret_close(&secret);
	}
	conf_free(&conf);
	return status;
}

/* --- a token ---------------------------------------------------------------
 */

static enum push_token_exit
sign_jwt(struct buf *out, const struct push_token_options *o,
	 const struct conf *conf, struct text key)
{
	const struct push_token_jwt_names names = {conf->access_jwt_audience,
						   conf->access_jwt_issuer};
	const char *fault;

	while (key.len > 0 && (key.bytes[key.len - 1] == '\n' ||
			       key.bytes[key.len - 1] == '\r'))
		key.len--;
	fault = push_token_jwt_key_fault(key);
	if (fault == NULL && !push_token_jwt(out, o, key, &names, clock_unix()))
		fault = hmac_fault();
	if (fault == NULL && !buf_ok(out))
		fault = "The token would be longer than 8192 bytes.";
	return fault == NULL ? PUSH_TOKEN_PRINTED
			     : fail(PUSH_TOKEN_FAILED, fault);
}

static enum push_token_exit
sign_jwt_by_file(struct buf *out, const struct push_token_options *o,
		 const struct conf *conf, const char *path)
{
	struct file_text file;
	enum push_token_exit status = PUSH_TOKEN_FAILED;

	file_text_init(&file, path);
	if (file_text_refresh(&file) == FILE_TEXT_NEW)
		status = sign_jwt(out, o, conf, file.text);
	else
		fprintf(stderr, "push-token: %s: %s.\n", path,
			file.fault == NULL ? "it is empty" : file.fault);
	file_text_free(&file);
	return status;
}

static enum push_token_exit
open_and_sign_jwt(struct buf *out, const struct push_token_options *o)
{
	static struct conf conf;
	char error[CONF_ERROR_SIZE];
	enum push_token_exit status;

	if (o->secret_file != NULL) {
		conf_init(&conf);
		status = sign_jwt_by_file(out, o, &conf, o->secret_file);
	} else if (!conf_load(&conf, o->conf, error))
		status = fail(PUSH_TOKEN_FAILED, error);
	else if (conf.access_jwt_key[0] != '\0')
		status = sign_jwt(out, o, &conf, text_of(conf.access_jwt_key));
	else if (conf.access_jwt_key_file[0] != '\0')
		status =
		    sign_jwt_by_file(out, o, &conf, conf.access_jwt_key_file);
	else
		status = fail(PUSH_TOKEN_FAILED,
			      "There is no key: set access.jwt_key_file in "
			      "push.conf, or give --secret-file.");
	conf_free(&conf);
	return status;
}

/* --- what a token is good for ----------------------------------------------
 */

/* What is shown: a line of standard input for `-`, so that no token is among
 * the arguments, which `ps` shows. */
static struct text
read_shown(const struct push_token_options *o, char line[EXPLAIN_SHOWN_MAX])
{
	if (strcmp(o->shown, "-") != 0)
		return text_of(o->shown);
	if (fgets(line, EXPLAIN_SHOWN_MAX, stdin) == NULL)
		line[0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	return text_of(line);
}

static enum push_token_exit
explain(const struct push_token_options *o)
{
	static struct conf conf;
	static char line[EXPLAIN_SHOWN_MAX];
	char conf_error[CONF_ERROR_SIZE], fault[SECRET_FAULT_SIZE];
	enum push_token_exit status = PUSH_TOKEN_FAILED;
	struct access_keys keys;
	struct buf out;

	log_open("push-token", LOG_LEVEL_WARN, LOG_TO_STDERR);
	buf_init(&out, EXPLAIN_MAX);
	if (!conf_load(&conf, o->conf, conf_error)) {
		status = fail(PUSH_TOKEN_FAILED, conf_error);
	} else if (!access_keys_open(&keys, &conf, fault)) {
		status = fail(PUSH_TOKEN_FAILED, fault);
	} else {
		bool may =
		    push_token_explain(&out, &keys, &conf, read_shown(o, line),
				       text_of(o->channels[0]), o->right);

		access_keys_close(&keys);
		status = print(&out);
		if (!may)
			status = PUSH_TOKEN_FAILED;
	}
	buf_free(&out);
	conf_free(&conf);
	return status;
}

/* --- all ------------------------------------------------------------------ */

static enum push_token_exit
run(const struct push_token_options *o)
{
	enum push_token_exit status = PUSH_TOKEN_PRINTED;
	struct buf line;

	buf_init(&line, o->job == PUSH_TOKEN_JWT
			    ? CLAIMS_TOKEN_MAX
			    : PUSH_TOKEN_PARAMETERS_MAX +
				  (o->url == NULL ? 0 : strlen(o->url)));
	switch (o->job) {
	case PUSH_TOKEN_EXPLAIN:
		buf_free(&line);
		return explain(o);
	case PUSH_TOKEN_URL:
		status = open_and_sign(&line, o);
		break;
	case PUSH_TOKEN_JWT:
		status = open_and_sign_jwt(&line, o);
		break;
	case PUSH_TOKEN_NEW_SECRET:
		push_token_secret(&line);
		break;
	case PUSH_TOKEN_HELP:
		/* its last newline is that of the line */
		buf_put(&line, push_token_help, strlen(push_token_help) - 1);
		break;
	case PUSH_TOKEN_VERSION:
		buf_puts(&line, "push-token (pushcgi) " PACKAGE_VERSION);
		break;
	}
	if (status == PUSH_TOKEN_PRINTED)
		status = print(&line);
	buf_free(&line);
	return status;
}

int
main(int argc, char **argv)
{
	struct push_token_options options;
	char error[COMMAND_LINE_ERROR_SIZE];

	descriptors_fill_standard();
	if (push_token_parse(&options, argc, argv, error))
		return run(&options);
	fprintf(stderr, "push-token: %s %s\n", error, push_token_hint);
	return PUSH_TOKEN_USAGE;
}
