/* SPDX-License-Identifier: MIT */
/*
 * push-doctor-files.h - checks of the files and folders that settings name:
 * whether this user can use them, and whether others can, who should not.
 *
 * Nothing is changed or created.
 */
#ifndef COMMANDS_PUSH_DOCTOR_FILES_H
#define COMMANDS_PUSH_DOCTOR_FILES_H

#include "commands/push-doctor-report.h"

extern const struct doctor_check doctor_files[];

#endif
