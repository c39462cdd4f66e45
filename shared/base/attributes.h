/* SPDX-License-Identifier: MIT */
/*
 * attributes.h - function attributes of gcc and clang.
 */
#ifndef SHARED_BASE_ATTRIBUTES_H
#define SHARED_BASE_ATTRIBUTES_H

#define MUST_USE	       __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define UNUSED		       __attribute__((unused))
#define RETURNS_NONNULL	       __attribute__((returns_nonnull))
#define NORETURN	       __attribute__((noreturn))

#endif
