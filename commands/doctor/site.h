/* SPDX-License-Identifier: MIT */
/*
 * site.h - the address of the site and what a request to it needs, as the
 * command line says.
 */
#ifndef COMMANDS_DOCTOR_SITE_H
#define COMMANDS_DOCTOR_SITE_H

enum {
	SITE_URL_MAX = 1000,
	SITE_HEADERS_MAX = 16,
	SITE_PATIENCE_MAX = 3600 /* s */
};

/* Zeroed it is the default but for `patience`. All borrowed. */
struct site {
	const char *url; /* below which the programs are; NULL: /push of this
			  * machine */
	const char *headers[SITE_HEADERS_MAX + 1]; /* "Name: value"; ends with
						    * NULL */
	const char *connect; /* "::address:port" to which connections go,
			      * whatever the URL says; NULL: that of the URL */
	const char *ca; /* file of authorities for https; NULL: the system's */
	int patience;	/* s of silence to wait for; -1: see front_patience() */
};

#endif
