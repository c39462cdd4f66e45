/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/openssl.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "shared/base/library.h"

static const struct library_function functions[] = {
    {"TLS_client_method", offsetof(struct openssl, TLS_client_method)},
    {"SSL_CTX_new", offsetof(struct openssl, SSL_CTX_new)},
    {"SSL_CTX_free", offsetof(struct openssl, SSL_CTX_free)},
    {"SSL_CTX_ctrl", offsetof(struct openssl, SSL_CTX_ctrl)},
    {"SSL_CTX_set_options", offsetof(struct openssl, SSL_CTX_set_options)},
    {"SSL_CTX_set_verify", offsetof(struct openssl, SSL_CTX_set_verify)},
    {"SSL_CTX_set_default_passwd_cb",
     offsetof(struct openssl, SSL_CTX_set_default_passwd_cb)},
    {"SSL_CTX_load_verify_file",
     offsetof(struct openssl, SSL_CTX_load_verify_file)},
    {"SSL_CTX_set_default_verify_paths",
     offsetof(struct openssl, SSL_CTX_set_default_verify_paths)},
    {"SSL_CTX_use_certificate_chain_file",
     offsetof(struct openssl, SSL_CTX_use_certificate_chain_file)},
    {"SSL_CTX_use_PrivateKey_file",
     offsetof(struct openssl, SSL_CTX_use_PrivateKey_file)},
    {"SSL_new", offsetof(struct openssl, SSL_new)},
    {"SSL_free", offsetof(struct openssl, SSL_free)},
    {"SSL_ctrl", offsetof(struct openssl, SSL_ctrl)},
    {"SSL_set_bio", offsetof(struct openssl, SSL_set_bio)},
    {"SSL_get0_param", offsetof(struct openssl, SSL_get0_param)},
    {"SSL_set1_host", offsetof(struct openssl, SSL_set1_host)},
    {"SSL_connect", offsetof(struct openssl, SSL_connect)},
    {"SSL_read", offsetof(struct openssl, SSL_read)},
    {"SSL_write", offsetof(struct openssl, SSL_write)},
    {"SSL_get_error", offsetof(struct openssl, SSL_get_error)},
    {"SSL_get_verify_result", offsetof(struct openssl, SSL_get_verify_result)},
    {"X509_VERIFY_PARAM_set1_ip_asc",
     offsetof(struct openssl, X509_VERIFY_PARAM_set1_ip_asc)},
    {"X509_verify_cert_error_string",
     offsetof(struct openssl, X509_verify_cert_error_string)},
    {"BIO_new", offsetof(struct openssl, BIO_new)},
    {"BIO_s_mem", offsetof(struct openssl, BIO_s_mem)},
    {"BIO_read", offsetof(struct openssl, BIO_read)},
    {"BIO_write", offsetof(struct openssl, BIO_write)},
    {"ERR_peek_error", offsetof(struct openssl, ERR_peek_error)},
    {"ERR_clear_error", offsetof(struct openssl, ERR_clear_error)},
    {"ERR_reason_error_string",
     offsetof(struct openssl, ERR_reason_error_string)},
    {NULL, 0},
};

const struct openssl *
openssl_load(const char **fault)
{
	static struct openssl openssl;
	static bool loaded;
	char name[32];

	if (loaded)
		return &openssl;
	/* The version of the headers. It also loads libcrypto. */
	snprintf(name, sizeof(name), "libssl.so.%d", OPENSSL_SHLIB_VERSION);
	switch (library_load(&openssl, name, functions)) {
	case LIBRARY_OK:
		loaded = true;
		return &openssl;
	case LIBRARY_MISSING:
		*fault = "TLS needs OpenSSL's libssl, which is not installed";
		return NULL;
	default:
		*fault = "the installed libssl is another than at compile time";
		return NULL;
	}
}
