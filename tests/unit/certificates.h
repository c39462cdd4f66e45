/* SPDX-License-Identifier: MIT */
/*
 * certificates.h - certificates for a test, made by the command openssl.
 *
 *	ca.crt			an authority
 *	redis.crt, redis.key	of the server 127.0.0.1 and redis.test, by it
 *	client.pem		certificate and key of a client, by it
 *	locked.key		the key of client.pem with a password
 *	other-ca.crt		another authority
 */
#ifndef TESTS_UNIT_CERTIFICATES_H
#define TESTS_UNIT_CERTIFICATES_H

enum { CERTIFICATES_PATH_SIZE = 160 };

/* Makes them in a directory. Fails the test if it cannot. */
void certificates_make(const char *directory);

/* The path of one of them. */
void certificates_path(char out[CERTIFICATES_PATH_SIZE], const char *directory,
		       const char *name);

#endif
