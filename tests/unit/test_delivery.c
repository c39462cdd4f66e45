/* SPDX-License-Identifier: MIT */
/* Tests of shared/hub/delivery.c. */
#include "config.h"

#include "shared/hub/delivery.h"

#include <string.h>

#include "tests/unit/suite.h"

static int formatted;

static void
put_message(const struct format *format, const struct message *m,
	    struct buf *out)
{
	formatted++;
	buf_printf(out, "%u:", format->limit);
	buf_put(out, m->data.bytes, m->data.len);
}

static const struct technique_stream stream = {.message = put_message};

static const struct gap GAP = {{"news", 4}, {3, 0}, {8, 0}};

static struct message *
make(void)
{
	const struct message m = {.id = {9, 1},
				  .channel = {"c", 1},
				  .event = {"", 0},
				  .data = {"data", 4}};

	formatted = 0;
	return message_new(&m);
}

TEST(a_delivery_holds_its_message_until_the_last_unref)
{
	struct message *m = make();
	struct delivery *d = delivery_of_message(m);

	ck_assert_ptr_eq(d->message, m);
	ck_assert_uint_eq(m->refs, 2);
	ck_assert_ptr_eq(delivery_ref(d), d);
	delivery_unref(d);
	ck_assert_uint_eq(m->refs, 2);
	delivery_unref(d);
	ck_assert_uint_eq(m->refs, 1);
	delivery_unref(NULL);
	message_unref(m);
}

TEST(the_position_after_a_message_is_its_id)
{
	struct message *m = make();
	struct delivery *d = delivery_of_message(m);

	ck_assert_int_eq(id_compare(d->position, (struct id){9, 1}), 0);
	delivery_unref(d);
	message_unref(m);
}

TEST(the_position_after_a_gap_is_the_one_given)
{
	struct delivery *d = delivery_of_gap(&GAP, (struct id){7, 0});

	ck_assert_ptr_null(d->message);
	ck_assert_ptr_eq(d->gap.channel.bytes, GAP.channel.bytes);
	ck_assert_int_eq(id_compare(d->gap.after, GAP.after), 0);
	ck_assert_int_eq(id_compare(d->position, (struct id){7, 0}), 0);
	delivery_unref(d);
}

TEST(the_shared_part_is_formatted_once_per_format)
{
	static const struct format one = {.limit = 1}, two = {.limit = 2};
	struct message *m = make();
	struct delivery *d = delivery_of_message(m);
	struct rcbuf *b = delivery_shared(d, &stream, &one), *other;

	suite_assert_same(b->bytes, b->len, "1:data", 6);
	other = delivery_shared(d, &stream, &two);
	suite_assert_same(other->bytes, other->len, "2:data", 6);
	ck_assert_ptr_eq(delivery_shared(d, &stream, &one), b);
	ck_assert_ptr_eq(delivery_shared(d, &stream, &two), other);
	ck_assert_int_eq(formatted, 2);
	delivery_unref(d);
	message_unref(m);
}

TEST(the_shared_part_is_borrowed_from_the_delivery)
{
	static const struct format format = {.limit = 1};
	struct message *m = make();
	struct delivery *d = delivery_of_message(m);
	struct rcbuf *b = delivery_shared(d, &stream, &format);

	ck_assert_uint_eq(b->refs, 1);
	rcbuf_ref(b);
	delivery_unref(d);
	suite_assert_same(b->bytes, b->len, "1:data", 6);
	ck_assert_uint_eq(b->refs, 1);
	rcbuf_unref(b);
	message_unref(m);
}
