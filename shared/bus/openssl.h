/* SPDX-License-Identifier: MIT */
/*
 * openssl.h - the functions of libssl and libcrypto that a TLS connection
 * takes.
 *
 * The libraries are loaded when a connection needs them: a program that is
 * linked with them has 460 KB more private memory, and most installations have
 * Redis on the same machine, without TLS.
 *
 * Source: https://docs.openssl.org/3.0/man3/
 */
#ifndef SHARED_BUS_OPENSSL_H
#define SHARED_BUS_OPENSSL_H

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "shared/base/attributes.h"

/* Each member is the function of that name. */
struct openssl {
	__typeof__(TLS_client_method) *TLS_client_method;
	__typeof__(SSL_CTX_new) *SSL_CTX_new;
	__typeof__(SSL_CTX_free) *SSL_CTX_free;
	__typeof__(SSL_CTX_ctrl) *SSL_CTX_ctrl;
	__typeof__(SSL_CTX_set_options) *SSL_CTX_set_options;
	__typeof__(SSL_CTX_set_verify) *SSL_CTX_set_verify;
	__typeof__(SSL_CTX_set_default_passwd_cb)
	    *SSL_CTX_set_default_passwd_cb;
	__typeof__(SSL_CTX_load_verify_file) *SSL_CTX_load_verify_file;
	__typeof__(SSL_CTX_set_default_verify_paths)
	    *SSL_CTX_set_default_verify_paths;
	__typeof__(SSL_CTX_use_certificate_chain_file)
	    *SSL_CTX_use_certificate_chain_file;
	__typeof__(SSL_CTX_use_PrivateKey_file) *SSL_CTX_use_PrivateKey_file;
	__typeof__(SSL_new) *SSL_new;
	__typeof__(SSL_free) *SSL_free;
	__typeof__(SSL_ctrl) *SSL_ctrl;
	__typeof__(SSL_set_bio) *SSL_set_bio;
	__typeof__(SSL_get0_param) *SSL_get0_param;
	__typeof__(SSL_set1_host) *SSL_set1_host;
	__typeof__(SSL_connect) *SSL_connect;
	__typeof__(SSL_read) *SSL_read;
	__typeof__(SSL_write) *SSL_write;
	__typeof__(SSL_get_error) *SSL_get_error;
	__typeof__(SSL_get_verify_result) *SSL_get_verify_result;
	__typeof__(X509_VERIFY_PARAM_set1_ip_asc)
	    *X509_VERIFY_PARAM_set1_ip_asc;
	__typeof__(X509_verify_cert_error_string)
	    *X509_verify_cert_error_string;
	__typeof__(BIO_new) *BIO_new;
	__typeof__(BIO_s_mem) *BIO_s_mem;
	__typeof__(BIO_read) *BIO_read;
	__typeof__(BIO_write) *BIO_write;
	__typeof__(ERR_peek_error) *ERR_peek_error;
	__typeof__(ERR_clear_error) *ERR_clear_error;
	__typeof__(ERR_reason_error_string) *ERR_reason_error_string;
};

/* Loads the libraries, once; they stay. NULL: `*fault` is a static sentence. */
const struct openssl *openssl_load(const char **fault) MUST_USE;

#endif
