/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/access/libcrypto.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "shared/base/library.h"

static const struct library_function functions[] = {
    {"BIO_new", offsetof(struct libcrypto, BIO_new)},
    {"BIO_s_mem", offsetof(struct libcrypto, BIO_s_mem)},
    {"BIO_new_mem_buf", offsetof(struct libcrypto, BIO_new_mem_buf)},
    {"BIO_read", offsetof(struct libcrypto, BIO_read)},
    {"BIO_free", offsetof(struct libcrypto, BIO_free)},
    {"PEM_read_bio_PUBKEY", offsetof(struct libcrypto, PEM_read_bio_PUBKEY)},
    {"PEM_write_bio_PUBKEY", offsetof(struct libcrypto, PEM_write_bio_PUBKEY)},
    {"EVP_PKEY_free", offsetof(struct libcrypto, EVP_PKEY_free)},
    {"EVP_PKEY_get_base_id", offsetof(struct libcrypto, EVP_PKEY_get_base_id)},
    {"EVP_PKEY_get_bits", offsetof(struct libcrypto, EVP_PKEY_get_bits)},
    {"EVP_PKEY_get_group_name",
     offsetof(struct libcrypto, EVP_PKEY_get_group_name)},
    {"EVP_PKEY_CTX_new_from_name",
     offsetof(struct libcrypto, EVP_PKEY_CTX_new_from_name)},
    {"EVP_PKEY_CTX_free", offsetof(struct libcrypto, EVP_PKEY_CTX_free)},
    {"EVP_PKEY_fromdata_init",
     offsetof(struct libcrypto, EVP_PKEY_fromdata_init)},
    {"EVP_PKEY_fromdata", offsetof(struct libcrypto, EVP_PKEY_fromdata)},
    {"OSSL_PARAM_construct_BN",
     offsetof(struct libcrypto, OSSL_PARAM_construct_BN)},
    {"OSSL_PARAM_construct_utf8_string",
     offsetof(struct libcrypto, OSSL_PARAM_construct_utf8_string)},
    {"OSSL_PARAM_construct_octet_string",
     offsetof(struct libcrypto, OSSL_PARAM_construct_octet_string)},
    {"OSSL_PARAM_construct_end",
     offsetof(struct libcrypto, OSSL_PARAM_construct_end)},
    {"ERR_clear_error", offsetof(struct libcrypto, ERR_clear_error)},
    {NULL, 0},
};

const struct libcrypto *
libcrypto_load(void)
{
	static struct libcrypto libcrypto;
	static bool loaded;
	char name[32];

	if (loaded)
		return &libcrypto;
	/* The version of the headers. */
	snprintf(name, sizeof(name), "libcrypto.so.%d", OPENSSL_SHLIB_VERSION);
	loaded = library_load(&libcrypto, name, functions) == LIBRARY_OK;
	return loaded ? &libcrypto : NULL;
}
