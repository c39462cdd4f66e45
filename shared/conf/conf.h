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

/* Who may do something: a set. Empty: nobody. */
enum who {
	WHO_ANY = 1,
	WHO_USER = 2,	  /* whom the web server knows */
	WHO_TOKEN = 4,	  /* with a signed URL or a JWT */
	WHO_REDIRECT = 8, /* sent by a script of the site */
	WHO_LOOPBACK = 16 /* from this machine */
};
enum yes_no { CONF_NO, CONF_YES };
enum content_length {
	CONTENT_LENGTH_AUTO,
	CONTENT_LENGTH_NO,
	CONTENT_LENGTH_YES
};
enum process_wall { PROCESS_WALL_AUTO, PROCESS_WALL_NO };
enum retain { RETAIN_NONE, RETAIN_LAST };
enum presence_setting { PRESENCE_OFF, PRESENCE_COUNT, PRESENCE_LIST };

enum {
	CONF_AUTO = 0x7fffffff,
	CONF_PREFIX_MAX = 32,
	CONF_NAME_MAX = 127,
	CONF_LIST_MAX = 1000, /* bytes */
	CONF_SECRET_MAX = 256,
	CONF_PATH_MAX = 1000
};

/* What applies to one channel; see conf_channel.h. */
struct channel_conf {
	unsigned int history_length; /* messages */
	unsigned int history_ttl;    /* s */
	enum retain retain;
	unsigned int subscribe, publish; /* of enum who */
	enum presence_setting presence;
	unsigned int gather; /* ms */
};

/* Each field is the setting of that name; push.conf(5) describes it. Texts are
 * owned; "" when they are not set. */
struct conf {
	char bus_url[REDIS_URL_MAX + 1];
	struct redis_url redis; /* bus_url, parsed */
	char bus_sentinel[REDIS_URL_MAX + 1];
	struct sentinel_list sentinel; /* bus_sentinel, parsed */
	char *bus_sentinel_password_file;
	char bus_master[CONF_NAME_MAX + 1]; /* "": no Sentinel */
	char *bus_tls_ca;		    /* "": the system's */
	char *bus_tls_cert;		    /* "": none */
	char *bus_tls_key;		    /* "": in bus_tls_cert */
	char bus_prefix[CONF_PREFIX_MAX + 1];
	unsigned int bus_timeout; /* s */
	unsigned int bus_audit;	  /* s */
	unsigned int message_max_bytes;
	unsigned int history_length;	    /* messages */
	unsigned int history_ttl;	    /* s */
	unsigned int history_replay;	    /* messages in a response */
	unsigned int publish_key_ttl;	    /* s */
	unsigned int publish_wait_replicas; /* 0: none is waited for */
	unsigned int publish_wait_ms;
	char *publish_spool;		/* "": none */
	unsigned int publish_spool_max; /* bytes */
	unsigned int hold_beat;		/* s */
	unsigned int hold_beat_h2;	/* s */
	unsigned int hold_wait;		/* s */
	unsigned int hold_max;		/* subscribers, or CONF_AUTO ("auto") */
	unsigned int hold_budget;	/* 0: no limit */
	unsigned int hold_budget_lighttpd; /* the same, or CONF_AUTO */
	unsigned int hold_max_backlog;	   /* bytes */
	unsigned int hold_max_memory;	   /* bytes */
	unsigned int hold_max_age;	   /* s; 0: never */
	unsigned int hold_gather;	   /* ms; 0: nothing waits */
	unsigned int hold_drain;	   /* s */
	unsigned int hold_retry;	   /* s */
	enum content_length hold_content_length;
	unsigned int poll_max_age;	    /* s */
	unsigned int sse_retry;		    /* ms */
	unsigned int websocket_max_rate;    /* frames per second */
	unsigned int websocket_deflate_min; /* bytes */
	unsigned int request_max_head;	    /* bytes */
	unsigned int request_max_query;	    /* bytes */
	unsigned int request_timeout;	    /* s */
	char *limit_table;		    /* "": none */
	/* 0: no limit */
	unsigned int limit_address_held, limit_address_connects;
	unsigned int limit_user_held, limit_connection_held;
	unsigned int limit_publish_rate, limit_new_channels;
	enum presence_setting channel_presence;
	unsigned int access_subscribe; /* of enum who */
	unsigned int access_publish;   /* of enum who */
	unsigned int access_status;    /* of enum who */
	char *access_secret, *access_secret_file;
	char *access_publish_secret, *access_publish_secret_file;
	char *handoff_secret, *handoff_secret_file;
	char *access_jwt_key, *access_jwt_key_file;
	char *access_jwks_file;
	char *access_jwt_audience, *access_jwt_issuer;
	char *access_cookie;
	enum yes_no access_scripts;
	/* lists, separated by single spaces */
	char *access_origins;
	char *access_proxies;
	char *access_redirect_from;
	char *access_user_header;
	char *hook_channel, *hook_command; /* "": none */
	unsigned int status_interval;	   /* s; 0: no entry is written */
	enum process_wall process_wall;
	enum yes_no process_private_memory;
	enum log_level log_level;
	bool log_level_is_set; /* also to the default */
	enum log_to log_to;
	enum log_time log_time;

	/* The settings file, right or not, or NULL: there is none. Borrowed */
	const char *file;

	/* Defaults in the place of settings that are wrong: Redis is not asked,
	 * nobody is held, and nothing is published. */
	bool stand_in;

	/* The settings file, if everybody can read it and a secret stands in
	 * it; or NULL. Borrowed */
	const char *exposed_file;

	/* [channel "PATTERN"], in the order of the file; conf_channel.h */
	struct channel_section *channel_sections;
	size_t channel_section_count, channel_section_room;
};

#endif
