/* SPDX-License-Identifier: MIT */
/*
 * units.h - numbers as people read them.
 */
#ifndef SHARED_STATUS_UNITS_H
#define SHARED_STATUS_UNITS_H

#include <stdint.h>

#include "shared/base/buf.h"

/* 1234567 as 1,234,567. */
void units_put_number(struct buf *out, uint64_t n);

/* 1234567 as 1.2 MB; three digits at most. */
void units_put_bytes(struct buf *out, uint64_t n);

/* Seconds as "12 s", "5 min", "3 h", "8 days". */
void units_put_seconds(struct buf *out, uint64_t n);

#endif
