/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/redis_tls.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/xalloc.h"
#include "shared/bus/openssl.h"
#include "shared/conf/conf.h"

enum { FAULT_SIZE = 160 };

struct redis_tls {
	const struct openssl *o; /* NULL: not loaded, there is a fault */
	SSL_CTX *context;
	SSL *ssl;
	BIO *in;  /* bytes from the network; owned by `ssl` */
	BIO *out; /* bytes for the network; owned by `ssl` */
	bool ready;
	char fault[FAULT_SIZE]; /* "": none */
};

/* --- faults --------------------------------------------------------------- */

/* "<what>: <reason of OpenSSL>"; the first fault stays. */
static void
fail(struct redis_tls *tls, const char *what, const char *reason)
{
	if (tls->fault[0] == '\0')
		snprintf(tls->fault, sizeof(tls->fault), "%s: %s", what,
			 reason != NULL ? reason : "unknown error");
}

static const char *
last_error(const struct redis_tls *tls)
{
	unsigned long error = tls->o->ERR_peek_error();

	return ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error))
				       : tls->o->ERR_reason_error_string(error);
}

/* The result of SSL_connect(), SSL_read() or SSL_write(). */
static void
check_result(struct redis_tls *tls, int result)
{
	const struct openssl *o = tls->o;
	long verified;

	switch (o->SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_NONE:
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return;
	case SSL_ERROR_ZERO_RETURN:
		fail(tls, "TLS", "closed by Redis");
		return;
	default:
		verified = o->SSL_get_verify_result(tls->ssl);
		if (!tls->ready && verified != X509_V_OK)
			fail(tls, "certificate of Redis",
			     o->X509_verify_cert_error_string(verified));
		else
			fail(tls, "TLS", last_error(tls));
	}
}

/* --- open ----------------------------------------------------------------- */

/* Without this OpenSSL asks for the password of a key on the terminal. */
static int
no_password(char *out, int size, int for_writing, void *arg)
{
	(void)out;
	(void)size;
	(void)for_writing;
	(void)arg;
	return -1;
}

static void
load_authorities(struct redis_tls *tls, const struct conf *conf)
{
	const struct openssl *o = tls->o;

	if (conf->bus_tls_ca[0] == '\0')
		o->SSL_CTX_set_default_verify_paths(tls->context);
	else if (o->SSL_CTX_load_verify_file(tls->context, conf->bus_tls_ca) !=
		 1)
		fail(tls, "bus.tls_ca", last_error(tls));
}

static void
load_own_certificate(struct redis_tls *tls, const struct conf *conf)
{
	const struct openssl *o = tls->o;
	const char *key = conf->bus_tls_key[0] != '\0' ? conf->bus_tls_key
						       : conf->bus_tls_cert;

	if (conf->bus_tls_cert[0] == '\0')
		return;
	if (o->SSL_CTX_use_certificate_chain_file(tls->context,
						  conf->bus_tls_cert) != 1)
		fail(tls, "bus.tls_cert", last_error(tls));
	else if (o->SSL_CTX_use_PrivateKey_file(tls->context, key,
						SSL_FILETYPE_PEM) != 1)
		fail(tls, "bus.tls_key", last_error(tls));
}

static void
open_context(struct redis_tls *tls, const struct conf *conf)
{
	const struct openssl *o = tls->o;

	tls->context = o->SSL_CTX_new(o->TLS_client_method());
	if (tls->context == NULL)
		xalloc_failed();
	o->SSL_CTX_ctrl(tls->context, SSL_CTRL_SET_MIN_PROTO_VERSION,
			TLS1_2_VERSION, NULL);
	o->SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION);
	o->SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
	o->SSL_CTX_set_default_passwd_cb(tls->context, no_password);
	load_authorities(tls, conf);
	load_own_certificate(tls, conf);
}

/* The name or address that the certificate must be made for. */
static void
expect_server(struct redis_tls *tls, const char *server)
{
	const struct openssl *o = tls->o;
	char name[REDIS_URL_MAX + 1]; /* OpenSSL copies it */

	if (o->X509_VERIFY_PARAM_set1_ip_asc(o->SSL_get0_param(tls->ssl),
					     server) == 1)
		return;
	o->ERR_clear_error();
	snprintf(name, sizeof(name), "%s", server);
	if (o->SSL_set1_host(tls->ssl, server) != 1 ||
	    o->SSL_ctrl(tls->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
			TLSEXT_NAMETYPE_host_name, name) != 1)
		fail(tls, "TLS: name of the server", last_error(tls));
}

static void
open_ssl(struct redis_tls *tls, const char *server)
{
	const struct openssl *o = tls->o;

	tls->ssl = o->SSL_new(tls->context);
	tls->in = o->BIO_new(o->BIO_s_mem());
	tls->out = o->BIO_new(o->BIO_s_mem());
	if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL)
		xalloc_failed();
	o->SSL_set_bio(tls->ssl, tls->in, tls->out);
	expect_server(tls, server);
}

static void
shake_hands(struct redis_tls *tls)
{
	int result;

	if (tls->ready || tls->fault[0] != '\0')
		return;
	tls->o->ERR_clear_error();
	result = tls->o->SSL_connect(tls->ssl);
	check_result(tls, result);
	tls->ready = result == 1;
}

struct redis_tls *
redis_tls_open(const struct conf *conf, const char *server)
{
	struct redis_tls *tls = xcalloc(1, sizeof(*tls));
	const char *fault = NULL;

	tls->o = openssl_load(&fault);
	if (tls->o == NULL) {
		fail(tls, "bus.url", fault);
		return tls;
	}
	tls->o->ERR_clear_error();
	open_context(tls, conf);
	open_ssl(tls, server);
	shake_hands(tls);
	return tls;
}

void
redis_tls_free(struct redis_tls *tls)
{
	if (tls == NULL)
		return;
	if (tls->o != NULL) {
		tls->o->SSL_free(tls->ssl);
		tls->o->SSL_CTX_free(tls->context);
	}
	free(tls);
}

/* --- bytes ---------------------------------------------------------------- */

const char *
redis_tls_fault(const struct redis_tls *tls)
{
	return tls->fault[0] != '\0' ? tls->fault : NULL;
}

bool
redis_tls_is_ready(const struct redis_tls *tls)
{
	return tls->ready && tls->fault[0] == '\0';
}

void
redis_tls_feed(struct redis_tls *tls, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0 && tls->fault[0] == '\0') {
		int part = len < INT_MAX ? (int)len : INT_MAX;

		if (tls->o->BIO_write(tls->in, at, part) != part)
			xalloc_failed();
		at += part;
		len -= (size_t)part;
	}
	shake_hands(tls);
}

size_t
redis_tls_read(struct redis_tls *tls, void *out, size_t room)
{
	int n;

	if (!redis_tls_is_ready(tls) || room == 0)
		return 0;
	tls->o->ERR_clear_error();
	n = tls->o->SSL_read(tls->ssl, out,
			     room < INT_MAX ? (int)room : INT_MAX);
	check_result(tls, n);
	return n > 0 ? (size_t)n : 0;
}

void
redis_tls_write(struct redis_tls *tls, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0 && redis_tls_is_ready(tls)) {
		int part = len < INT_MAX ? (int)len : INT_MAX, n;

		tls->o->ERR_clear_error();
		n = tls->o->SSL_write(tls->ssl, at, part);
		check_result(tls, n);
		if (n <= 0) {
			fail(tls, "TLS", "cannot write");
			return;
		}
		at += n;
		len -= (size_t)n;
	}
}

size_t
redis_tls_take(struct redis_tls *tls, void *out, size_t room)
{
	int n;

	if (tls->ssl == NULL || room == 0)
		return 0;
	n = tls->o->BIO_read(tls->out, out,
			     room < INT_MAX ? (int)room : INT_MAX);
	return n > 0 ? (size_t)n : 0;
}
