/* SPDX-License-Identifier: MIT */
/*
 * conf.h - the settings of a process.
 *
 * conf_load() (conf_load.h) fills them, conf_free() frees them. The settings of
 * a channel may differ: conf_channel.h.
 *
 * Manual: push.conf(5)
 */
#ifndef SHARED_CONF_CONF_H
#define SHARED_CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/attributes.h"
#include "shared/base/log.h"
#include "shared/base/text.h"
#include "shared/conf/redis_url.h"
#include "shared/conf/sentinel_list.h"

enum access_publish { PUBLISH_LOOPBACK, PUBLISH_ANY, PUBLISH_NONE };
enum may_publish { MAY_PUBLISH_NO, MAY_PUBLISH_YES };
enum retain { RETAIN_NONE, RETAIN_LAST };

enum {
	CONF_HOLD_MAX_AUTO = 0x7fffffff,
	CONF_PREFIX_MAX = 32,
	CONF_NAME_MAX = 127,
	CONF_ORIGINS_MAX = 1000,
	CONF_PATH_MAX = 1000
};

/* What applies to one channel; see conf_channel.h. */
struct channel_conf {
	unsigned int history_length; /* messages */
	unsigned int history_ttl;    /* s */
	enum retain retain;
};

/* Each field is the setting of that name; push.conf(5) describes it. */
struct conf {
	char bus_url[REDIS_URL_MAX + 1];
	struct redis_url redis; /* bus_url, parsed */
	char bus_sentinel[REDIS_URL_MAX + 1];
	struct sentinel_list sentinel; /* bus_sentinel, parsed */
	char bus_sentinel_password_file[CONF_PATH_MAX + 1];
	char bus_master[CONF_NAME_MAX + 1];   /* "": no Sentinel */
	char bus_tls_ca[CONF_PATH_MAX + 1];   /* "": the system's */
	char bus_tls_cert[CONF_PATH_MAX + 1]; /* "": none */
	char bus_tls_key[CONF_PATH_MAX + 1];  /* "": in bus_tls_cert */
	char bus_prefix[CONF_PREFIX_MAX + 1];
	unsigned int bus_timeout; /* s */
	unsigned int bus_audit;	  /* s */
	unsigned int message_max_bytes;
	unsigned int history_length;	    /* messages */
	unsigned int history_ttl;	    /* s */
	unsigned int publish_key_ttl;	    /* s */
	unsigned int publish_wait_replicas; /* 0: none is waited for */
	unsigned int publish_wait_ms;
	char publish_spool[CONF_PATH_MAX + 1]; /* "": none */
	unsigned int publish_spool_max;	       /* bytes */
	unsigned int hold_beat;		       /* s */
	unsigned int hold_wait;		       /* s */
	unsigned int hold_max; /* subscribers, or CONF_HOLD_MAX_AUTO ("auto") */
	unsigned int hold_max_backlog; /* bytes */
	unsigned int hold_max_age;     /* s; 0: never */
	unsigned int hold_drain;       /* s */
	unsigned int poll_max_age;     /* s */
	unsigned int sse_retry;	       /* ms */
	enum may_publish websocket_may_publish;
	unsigned int websocket_max_rate;    /* frames per second */
	unsigned int websocket_deflate_min; /* bytes */
	unsigned int request_max_head;	    /* bytes */
	unsigned int request_timeout;	    /* s */
	enum access_publish access_publish;
	char access_origins[CONF_ORIGINS_MAX +
			    1]; /* separated by single spaces */
	enum log_level log_level;
	enum log_to log_to;

	/* [channel "PATTERN"], in the order of the file; conf_channel.h */
	struct channel_section *channel_sections;
	size_t channel_section_count, channel_section_room;
};

#endif
