/* SPDX-License-Identifier: MIT */
/*
 * files.h - checks of the files and folders that settings name: whether this
 * user can use them, and whether others can, who should not.
 *
 * Nothing is changed or created.
 */
#ifndef COMMANDS_DOCTOR_FILES_H
#define COMMANDS_DOCTOR_FILES_H

#include "commands/doctor/finding.h"

extern const struct doctor_check doctor_files[];

#endif
