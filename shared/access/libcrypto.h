/* SPDX-License-Identifier: MIT */
/*
 * libcrypto.h - the functions of OpenSSL's libcrypto that keys of tokens take.
 *
 * It is loaded with the first key (shared/base/library.h).
 *
 * Source: https://docs.openssl.org/3.0/man3/
 */
#ifndef SHARED_ACCESS_LIBCRYPTO_H
#define SHARED_ACCESS_LIBCRYPTO_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "shared/base/attributes.h"

/* Each member is the function of that name. */
struct libcrypto {
	__typeof__(BIO_new) *BIO_new;
	__typeof__(BIO_s_mem) *BIO_s_mem;
	__typeof__(BIO_new_mem_buf) *BIO_new_mem_buf;
	__typeof__(BIO_read) *BIO_read;
	__typeof__(BIO_free) *BIO_free;
	__typeof__(PEM_read_bio_PUBKEY) *PEM_read_bio_PUBKEY;
	__typeof__(PEM_write_bio_PUBKEY) *PEM_write_bio_PUBKEY;
	__typeof__(EVP_PKEY_free) *EVP_PKEY_free;
	__typeof__(EVP_PKEY_get_base_id) *EVP_PKEY_get_base_id;
	__typeof__(EVP_PKEY_get_bits) *EVP_PKEY_get_bits;
	__typeof__(EVP_PKEY_get_group_name) *EVP_PKEY_get_group_name;
	__typeof__(EVP_PKEY_CTX_new_from_name) *EVP_PKEY_CTX_new_from_name;
	__typeof__(EVP_PKEY_CTX_free) *EVP_PKEY_CTX_free;
	__typeof__(EVP_PKEY_fromdata_init) *EVP_PKEY_fromdata_init;
	__typeof__(EVP_PKEY_fromdata) *EVP_PKEY_fromdata;
	__typeof__(OSSL_PARAM_construct_BN) *OSSL_PARAM_construct_BN;
	__typeof__(OSSL_PARAM_construct_utf8_string)
	    *OSSL_PARAM_construct_utf8_string;
	__typeof__(OSSL_PARAM_construct_octet_string)
	    *OSSL_PARAM_construct_octet_string;
	__typeof__(OSSL_PARAM_construct_end) *OSSL_PARAM_construct_end;
	__typeof__(ERR_clear_error) *ERR_clear_error;
};

/* Loads it, once; it stays. NULL: it is not installed, or another than at
 * compile time. */
const struct libcrypto *libcrypto_load(void) MUST_USE;

#endif
