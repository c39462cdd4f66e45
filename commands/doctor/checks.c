/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/checks.h"

#include "commands/doctor/apache.h"
#include "commands/doctor/files.h"
#include "commands/doctor/front_all.h"
#include "commands/doctor/handoff.h"
#include "commands/doctor/handoff_secret.h"
#include "commands/doctor/host.h"
#include "commands/doctor/lighttpd.h"
#include "commands/doctor/redis.h"
#include "commands/doctor/sentinels.h"
#include "commands/doctor/settings.h"
#include "commands/doctor/sockets.h"
#include "commands/doctor/versions.h"

const struct doctor_area doctor_areas[] = {
    {"files", doctor_files, .settings_only = true, .with_wrong_settings = true},
    {"files", doctor_handoff_secret, .settings_only = true,
     .with_wrong_settings = true},
    {"settings", doctor_settings, .settings_only = true},
    {"sockets", doctor_sockets, false, false},
    {"host", doctor_host, false, false},
    {"server", doctor_libraries, false, true},
    {"server", doctor_lighttpd, false, true},
    {"server", doctor_apache, false, true},
    {"server", doctor_handoff, false, true},
    {"sentinel", doctor_sentinels, false, false},
    {"redis", doctor_redis, false, false},
    {"front", doctor_front, false, false},
    {NULL, NULL, false, false},
};
