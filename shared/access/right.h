/* SPDX-License-Identifier: MIT */
/*
 * right.h - what a request needs a right for.
 */
#ifndef SHARED_ACCESS_RIGHT_H
#define SHARED_ACCESS_RIGHT_H

enum access_right { ACCESS_SUBSCRIBE, ACCESS_PUBLISH };

#endif
