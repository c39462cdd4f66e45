/* SPDX-License-Identifier: MIT */
/*
 * bus_stage.h - a Redis (redis_server.h) and a bus of it that does not
 * subscribe: what a test has that asks and publishes.
 */
#ifndef TESTS_UNIT_BUS_STAGE_H
#define TESTS_UNIT_BUS_STAGE_H

#include "shared/conf/conf.h"
#include "tests/unit/bus_trace.h"
#include "tests/unit/redis_server.h"

extern struct conf conf;
extern struct bus *bus;

/* Starts Redis; the bus is up. */
void bus_stage_open(void);
void bus_stage_close(void);

#endif
