/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/bus_stage.h"

#include "tests/unit/suite.h"
#include "tests/unit/turn.h"

struct conf conf;
struct bus *bus;

void
bus_stage_open(void)
{
	redis_server_start();
	redis_server_conf(&conf, "", "");
	conf.bus_timeout = 10;
	bus = bus_trace_open_plain(&conf);
	TURN_UNTIL(bus_is_up(bus));
}

void
bus_stage_close(void)
{
	bus_close(bus);
	turn_end();
}
