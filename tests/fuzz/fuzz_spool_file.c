/* SPDX-License-Identifier: MIT */
/*
 * fuzz_spool_file.c - any bytes as a file of a spool, and with the hash that
 * they should have.
 *
 * A message has exactly one file: writing a parsed one gives the same bytes.
 */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/spool/file.h"
#include "tests/fuzz/fuzz.h"

static void
check_file(const struct buf *file)
{
	struct publication publication;
	uint64_t written_ms;
	struct buf again;

	if (!spool_file_parse(&publication, &written_ms,
			      (struct text){file->bytes, file->len}))
		return;
	buf_init(&again, SPOOL_FILE_MAX);
	spool_file_put(&again, &publication, written_ms);
	check(buf_ok(&again) && again.len == file->len);
	check(memcmp(again.bytes, file->bytes, file->len) == 0);
	buf_free(&again);
}

/* FNV-1a. */
static uint64_t
hash(const uint8_t *bytes, size_t len)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ bytes[i]) * UINT64_C(0x100000001b3);
	return h;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct buf file;

	buf_init(&file, SPOOL_FILE_MAX);
	buf_put(&file, bytes, len);
	check_file(&file);
	buf_printf(&file, "%016" PRIx64 "\n", hash(bytes, len));
	if (buf_ok(&file))
		check_file(&file);
	buf_free(&file);
	return 0;
}
