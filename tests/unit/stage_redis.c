/* SPDX-License-Identifier: MIT */
/*
 * stage_redis.c - a stage on the Redis of the test. A file of its own: a
 * program that calls only stage_init() is linked without Redis.
 */
#include "config.h"

#include "shared/conf/conf_set.h"
#include "tests/unit/redis_server.h"
#include "tests/unit/stage.h"

void
stage_conf(const struct technique *technique)
{
	stage_init(technique);
	conf_free_texts(&stage.conf);
	redis_server_conf(&stage.conf, "", "");
	stage.conf.bus_timeout = 10;
}
