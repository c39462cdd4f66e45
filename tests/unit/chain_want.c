/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/unit/chain_want.h"

#include <fastcgi.h>
#include <string.h>

#include "tests/unit/suite.h"

struct chain chain;
struct buf want;

void
chain_start(void)
{
	chain_init(&chain);
	buf_init(&want, 1 << 24);
}

void
chain_stop(void)
{
	chain_free(&chain);
	buf_free(&want);
}

void
want_record(unsigned char type, unsigned int id, const void *content,
	    size_t len)
{
	const unsigned char header[] = {1,
					type,
					(unsigned char)(id >> 8),
					(unsigned char)id,
					(unsigned char)(len >> 8),
					(unsigned char)len,
					0,
					0};

	buf_put(&want, header, sizeof(header));
	buf_put(&want, content, len);
}

void
want_stdout(unsigned int id, const char *text)
{
	want_record(FCGI_STDOUT, id, text, strlen(text));
}

void
want_end(unsigned int id)
{
	want_stdout(id, "");
	want_record(FCGI_END_REQUEST, id, "\0\0\0\0\0\0\0\0", 8);
}

void
assert_iov(const struct iovec *iov, size_t count, size_t len)
{
	struct buf got;

	buf_init(&got, 1 << 24);
	for (size_t i = 0; i < count; i++)
		buf_put(&got, iov[i].iov_base, iov[i].iov_len);
	ck_assert(buf_ok(&got));
	suite_assert_same(got.bytes, got.len, want.bytes, want.len);
	ck_assert_uint_eq(len, want.len);
	buf_free(&got);
}

void
assert_framed(int framing)
{
	ck_assert(chain_frame(&chain, framing));
	assert_iov(chain.iov, chain.iov_count, chain.len);
	buf_clear(&want);
}
