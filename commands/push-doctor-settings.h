/* SPDX-License-Identifier: MIT */
/*
 * push-doctor-settings.h - checks of settings that are valid, each alone, and
 * do not go together, or not with the installed files of the web servers.
 */
#ifndef COMMANDS_PUSH_DOCTOR_SETTINGS_H
#define COMMANDS_PUSH_DOCTOR_SETTINGS_H

#include "commands/push-doctor-report.h"

extern const struct doctor_check doctor_settings[];

#endif
