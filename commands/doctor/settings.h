/* SPDX-License-Identifier: MIT */
/*
 * settings.h - checks of settings that are valid, each alone, and do not go
 * together, or not with the installed files of the web servers.
 */
#ifndef COMMANDS_DOCTOR_SETTINGS_H
#define COMMANDS_DOCTOR_SETTINGS_H

#include "commands/doctor/finding.h"

extern const struct doctor_check doctor_settings[];

#endif
