/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/stats/stats_table.h"

const struct stats_row stats_counter_rows[STATS_COUNTERS] = {
    [STATS_MESSAGES_OUT] = {"messages_out", "messages",
			    "messages given to subscribers"},
    [STATS_BYTES_OUT] = {"bytes_out", "bytes",
			 "bytes given to connections, all of it"},
    [STATS_PUBLISHED] = {"published", "messages",
			 "messages stored or spooled for clients"},
    [STATS_CATCH_UPS] = {"catch_ups", "subscribers",
			 "subscribers that came with a cursor"},
    [STATS_GAPS] = {"gaps", "notices", "notices that messages are missing"},
    [STATS_CONNECTS] = {"connects", "subscribers",
			"subscribers that were held"},
};

const struct stats_row stats_refusal_rows[STATS_REFUSALS] = {
    [STATS_REFUSED_HOLD_MAX] = {"hold.max", "",
				"as many are held as this process may hold"},
    [STATS_REFUSED_BUDGET] = {"hold.budget", "",
			      "as many are held as may take a thread or "
			      "process of the web server"},
    [STATS_REFUSED_BUDGET_LIGHTTPD] = {"hold.budget_lighttpd", "",
				       "as many are held as may take "
				       "descriptors of lighttpd"},
    [STATS_REFUSED_CLASS] = {"class", "",
			     "three quarters of the processes of this program "
			     "under mod_fcgid are taken"},
    [STATS_REFUSED_ADDRESS_HELD] = {"limit.address_held", "",
				    "the address holds as many as it may"},
    [STATS_REFUSED_USER_HELD] = {"limit.user_held", "",
				 "the user holds as many as he may"},
    [STATS_REFUSED_CONNECTION_HELD] = {"limit.connection_held", "",
				       "the HTTP/2 connection holds as many as "
				       "it may"},
    [STATS_REFUSED_ADDRESS_CONNECTS] = {"limit.address_connects", "",
					"the address connects too often"},
    [STATS_REFUSED_PUBLISH_RATE] = {"limit.publish_rate", "",
				    "a client publishes too often"},
    [STATS_REFUSED_NEW_CHANNELS] = {"limit.new_channels", "",
				    "a client makes too many new channels"},
    [STATS_REFUSED_WEBSOCKET_RATE] = {"websocket.max_rate", "",
				      "a WebSocket sends too often"},
    [STATS_REFUSED_CHURN] = {"churn", "",
			     "a WebSocket changes its channels too often"},
    [STATS_REFUSED_SETTINGS] = {"settings", "",
				"the settings are wrong; the log says which"},
    [STATS_REFUSED_STOPPING] = {"stopping", "", "the process ends"},
    [STATS_REFUSED_KICKED] = {"kicked", "",
			      "an administrator has shut the client out"},
    [STATS_REFUSED_400] = {"400", "", "the request is wrong"},
    [STATS_REFUSED_401] = {"401", "", "no token, or a bad one"},
    [STATS_REFUSED_403] = {"403", "", "the client may not"},
    [STATS_REFUSED_404] = {"404", "", "there is no message"},
    [STATS_REFUSED_405] = {"405", "", "the method is wrong"},
    [STATS_REFUSED_408] = {"408", "", "the request came too slowly"},
    [STATS_REFUSED_411] = {"411", "", "the length of the body is not said"},
    [STATS_REFUSED_413] = {"413", "", "the body is too large"},
    [STATS_REFUSED_414] = {"414", "", "the query is too long"},
    [STATS_REFUSED_415] = {"415", "", "the body is compressed"},
    [STATS_REFUSED_426] = {"426", "", "the request asks for no WebSocket"},
    [STATS_REFUSED_431] = {"431", "", "the head is too large"},
    [STATS_REFUSED_503] = {"503", "", "Redis is down, or refuses"},
    [STATS_REFUSED_504] = {"504", "",
			   "it is not known whether a message is stored"},
    [STATS_REFUSED_OTHER] = {"other", "", "another status"},
};

const struct stats_row stats_cut_rows[STATS_CUTS] = {
    [STATS_CUT_BACKLOG] = {"backlog", "",
			   "more than hold.max_backlog was queued for it"},
    [STATS_CUT_MEMORY] = {"memory", "",
			  "more than hold.max_memory was queued, and it had "
			  "much of it"},
    [STATS_CUT_UNREAD] = {"unread", "", "it took nothing for 60 seconds"},
    [STATS_CUT_AGE] = {"age", "", "hold.max_age was over"},
    [STATS_CUT_EXPIRED] = {"expired", "", "its right has ended"},
    [STATS_CUT_KICKED] = {"kicked", "", "an administrator has ended it"},
    [STATS_CUT_ENDS] = {"ends", "", "the process ended"},
    [STATS_CUT_LATER] = {"later", "", "it was not held and shall come back"},
    [STATS_CUT_PINGS] = {"pings", "", "a WebSocket that answered no ping"},
    [STATS_CUT_UNFINISHED] = {"unfinished", "",
			      "a WebSocket whose message did not end"},
    [STATS_CUT_CHURN] = {"churn", "",
			 "a WebSocket that changed channels too often"},
    [STATS_CUT_FAULT] = {"fault", "", "a WebSocket that broke the protocol"},
    [STATS_CUT_TOO_LARGE] = {"too_large", "", "a response was above its limit"},
};

const struct stats_row stats_time_rows[STATS_TIMES] = {
    [STATS_DELIVERY] = {"delivery", "ms",
			"from publication until it was given to the "
			"connections"},
    [STATS_LOOP_LAG] = {"loop_lag", "ms",
			"how long a turn of the loop kept all else waiting"},
};

const struct stats_row stats_way_rows[STATS_WAYS] = {
    [STATS_FASTCGI] = {"fastcgi", "", "FastCGI"},
    [STATS_HTTP] = {"http", "", "HTTP/1.1 of a proxy module"},
    [STATS_CGI] = {"cgi", "", "CGI, one process each"},
    [STATS_HANDOFF] = {"handoff", "", "sockets that Apache hands off"},
};

const struct stats_row stats_takes_rows[STATS_TAKES] = {
    [STATS_NOTHING] = {"nothing", "", "nothing that is scarce"},
    [STATS_WORKER] = {"worker", "", "a thread or a process of the web server"},
    [STATS_DESCRIPTORS] = {"descriptors", "", "two descriptors of lighttpd"},
};
