/* SPDX-License-Identifier: MIT */
/*
 * peer_stage.h - a host (peer.h) and one web server that is connected to it:
 * what a test has that needs no more.
 */
#ifndef TESTS_UNIT_PEER_STAGE_H
#define TESTS_UNIT_PEER_STAGE_H

#include "tests/unit/peer.h"

extern struct host host;
extern struct buf in; /* what the web server sends next */
extern int fd;	      /* its end */

/* init: the host is the test's to change, and `fd` to connect. */
void peer_stage_init(void);
void peer_stage_open(void);
void peer_stage_close(void);

#endif
