/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/peer_stage.h"

#include <unistd.h>

struct host host;
struct buf in;
int fd;

void
peer_stage_init(void)
{
	host_init(&host);
	buf_init(&in, 1 << 22);
}

void
peer_stage_open(void)
{
	peer_stage_init();
	fd = host_connect(&host);
}

void
peer_stage_close(void)
{
	close(fd);
	host_free(&host);
	buf_free(&in);
}
