/* SPDX-License-Identifier: MIT */
/*
 * ws_input.c - frames by wslay's frame API, messages by this file.
 *
 * wslay's event API, which also makes messages, is not used: version 1.1.1
 * answers a broken header with a close without a code, accepts a close frame
 * of one byte, checks the reason of a close wrongly when it arrives in pieces,
 * refuses the codes 1012 to 1014, does not check compressed text, and takes
 * twice the memory.
 */
#include "config.h"

#include "shared/wire/ws_input.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "shared/base/buf.h"
#include "shared/base/utf8.h"
#include "shared/base/xalloc.h"
#include "shared/wire/ws_deflate.h"

enum { CONTROL_MAX = 125 }; /* bytes; wslay refuses more */

static const char TOO_MANY_BYTES[] = "too many bytes in a second";

struct ws_partial {
	wslay_frame_context_ptr wslay;
	/* Input of the current call. */
	const uint8_t *at, *end;
	/* The current frame. */
	uint64_t left; /* bytes of its payload to come; 0: there is none */
	size_t ahead;  /* bytes that wslay has read and no frame has used */
	/* The current message. */
	struct buf message;
	struct buf inflated;
	bool in_message; /* its last frame has not begun */
	bool compressed;
	bool delivered; /* the caller has it: the next call discards it */
	/* A control frame may come between the frames of a message. */
	uint8_t control[CONTROL_MAX];
	size_t control_len;
	/* WS_INPUT_CLOSE or WS_INPUT_BAD, once it has been returned. */
	enum ws_input_event over;
	struct ws_item last;
};

/* Kept for the next client, in its initial state. */
static struct ws_partial *spare;

/* wslay's read callback: at most its 4 KB at a time. */
static ssize_t
feed(uint8_t *bytes, size_t len, int flags, void *arg)
{
	struct ws_partial *p = arg;
	size_t left = (size_t)(p->end - p->at);

	(void)flags;
	if (left == 0)
		return -1;
	if (len > left)
		len = left;
	memcpy(bytes, p->at, len);
	p->at += len;
	p->ahead += len;
	return (ssize_t)len;
}

static struct ws_partial *
partial_new(void)
{
	const struct wslay_frame_callbacks callbacks = {.recv_callback = feed};
	struct ws_partial *p = xcalloc(1, sizeof(*p));

	if (wslay_frame_context_init(&p->wslay, &callbacks, p) != 0)
		xalloc_failed();
	return p;
}

static struct ws_partial *
partial_take(size_t max_text)
{
	struct ws_partial *p = spare != NULL ? spare : partial_new();

	spare = NULL;
	buf_init(&p->message, max_text + 1); /* a NUL is added */
	buf_init(&p->inflated, max_text);
	return p;
}

static void
partial_give_back(struct ws_partial *p)
{
	buf_free(&p->message);
	buf_free(&p->inflated);
	if (spare == NULL)
		spare = p;
	else
		ws_partial_free(p);
}

void
ws_partial_free(struct ws_partial *p)
{
	if (p == NULL)
		return;
	wslay_frame_context_free(p->wslay);
	buf_free(&p->message);
	buf_free(&p->inflated);
	free(p);
}

void
ws_partial_free_spare(void)
{
	ws_partial_free(spare);
	spare = NULL;
}

static enum ws_input_event
refuse(struct ws_item *item, enum ws_close code, const char *reason)
{
	*item = (struct ws_item){.code = code, .reason = reason};
	return WS_INPUT_BAD;
}

/* --- the head of a frame -------------------------------------------------- */

static bool
is_opcode(uint8_t opcode)
{
	return opcode <= WS_BINARY || (opcode >= WS_CLOSE && opcode <= WS_PONG);
}

static bool
starts_message(const struct wslay_frame_iocb *frame)
{
	return frame->opcode == WS_TEXT || frame->opcode == WS_BINARY;
}

static bool
is_rsv_allowed(const struct ws_input *in, const struct wslay_frame_iocb *frame)
{
	return frame->rsv == 0 || (frame->rsv == WSLAY_RSV1_BIT &&
				   in->deflate && starts_message(frame));
}

/* The rule that the head of a frame breaks, or NULL. */
static const char *
broken_rule(const struct ws_input *in, const struct wslay_frame_iocb *frame)
{
	bool in_message = in->partial->in_message;

	if (!frame->mask)
		return "frame is not masked";
	if (!is_opcode(frame->opcode))
		return "unknown opcode";
	if (!is_rsv_allowed(in, frame))
		return "reserved bit is set";
	if (frame->opcode == WS_CONTINUATION && !in_message)
		return "continuation frame without a message";
	if (starts_message(frame) && in_message)
		return "new message inside a fragmented message";
	return NULL;
}

/* Of a masked frame. wslay refuses a length that is not minimally encoded. */
static size_t
head_length(uint64_t payload_length)
{
	size_t fixed = 2 + 4;

	if (payload_length < 126)
		return fixed;
	return fixed + (payload_length <= UINT16_MAX ? 2 : 8);
}

static enum ws_input_event
frame_begins(struct ws_input *in, const struct wslay_frame_iocb *frame,
	     struct ws_item *item)
{
	struct ws_partial *p = in->partial;
	const char *rule;

	if (in->frames_left == 0)
		return refuse(item, WS_CLOSE_POLICY, "too many frames");
	in->frames_left--;
	rule = broken_rule(in, frame);
	if (rule != NULL)
		return refuse(item, WS_CLOSE_PROTOCOL, rule);
	if (frame->opcode == WS_BINARY)
		return refuse(item, WS_CLOSE_UNSUPPORTED,
			      "binary messages are not supported");
	if (wslay_is_ctrl_frame(frame->opcode))
		p->control_len = 0;
	else if (frame->payload_length > in->max_text - p->message.len)
		return refuse(item, WS_CLOSE_TOO_BIG, "message too long");
	if (frame->opcode == WS_TEXT)
		p->compressed = frame->rsv != 0;
	p->left = frame->payload_length;
	p->ahead -= head_length(frame->payload_length);
	return WS_INPUT_MORE;
}

/* --- the end of a frame --------------------------------------------------- */

static enum ws_input_event
text_ends(struct ws_partial *p, struct buf *text, struct ws_item *item)
{
	size_t len = text->len;

	if (!utf8_valid(text->bytes, len))
		return refuse(item, WS_CLOSE_NOT_TEXT, "text is not UTF-8");
	buf_putc(text, '\0');
	item->payload = (struct text){text->bytes, len};
	p->delivered = true;
	return WS_INPUT_TEXT;
}

/* Its compressed bytes have been counted. */
static enum ws_inflated
inflate(struct ws_input *in)
{
	struct ws_partial *p = in->partial;
	size_t wire = p->message.len;
	enum ws_inflated result;

	if (in->bytes_left < p->inflated.max - wire)
		p->inflated.max = wire + in->bytes_left;
	result = ws_inflate(&p->inflated, p->message.bytes, wire);
	if (p->inflated.len > wire)
		in->bytes_left -= p->inflated.len - wire;
	return result;
}

static enum ws_input_event
message_ends(struct ws_input *in, struct ws_item *item)
{
	struct ws_partial *p = in->partial;

	if (!p->compressed)
		return text_ends(p, &p->message, item);
	switch (inflate(in)) {
	case WS_INFLATED_TOO_BIG:
		if (p->inflated.max < in->max_text)
			return refuse(item, WS_CLOSE_POLICY, TOO_MANY_BYTES);
		return refuse(item, WS_CLOSE_TOO_BIG,
			      "message too long when inflated");
	case WS_INFLATED_BAD:
		return refuse(item, WS_CLOSE_NOT_TEXT,
			      "message cannot be inflated");
	default:
		p->inflated.max++; /* a NUL is added */
		return text_ends(p, &p->inflated, item);
	}
}

static void
discard_message(struct ws_input *in)
{
	struct ws_partial *p = in->partial;

	p->delivered = false;
	buf_clear(&p->message);
	buf_free(&p->inflated);
	buf_init(&p->inflated, in->max_text);
}

/* RFC 6455, 7.4.2, and those that IANA registered since, up to 1014. */
static bool
is_close_code(uint16_t code)
{
	return (code >= 1000 && code <= 1003) ||
	       (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static enum ws_input_event
close_ends(const struct ws_partial *p, struct ws_item *item)
{
	const uint8_t *payload = p->control;
	struct text reason;

	item->code = WS_CLOSE_NONE;
	if (p->control_len == 0)
		return WS_INPUT_CLOSE;
	if (p->control_len == 1)
		return refuse(item, WS_CLOSE_PROTOCOL,
			      "close frame with half a code");
	item->code = (uint16_t)(payload[0] << 8 | payload[1]);
	if (!is_close_code(item->code))
		return refuse(item, WS_CLOSE_PROTOCOL, "invalid close code");
	reason = (struct text){(const char *)payload + 2, p->control_len - 2};
	if (!utf8_valid(reason.bytes, reason.len))
		return refuse(item, WS_CLOSE_NOT_TEXT,
			      "close reason is not UTF-8");
	item->payload = reason;
	return WS_INPUT_CLOSE;
}

static enum ws_input_event
frame_ends(struct ws_input *in, const struct wslay_frame_iocb *frame,
	   struct ws_item *item)
{
	struct ws_partial *p = in->partial;
	struct text payload = {(const char *)p->control, p->control_len};

	switch (frame->opcode) {
	case WS_CLOSE:
		return close_ends(p, item);
	case WS_PING:
	case WS_PONG:
		item->payload = payload;
		return frame->opcode == WS_PING ? WS_INPUT_PING : WS_INPUT_PONG;
	default:
		p->in_message = !frame->fin;
		return p->in_message ? WS_INPUT_MORE : message_ends(in, item);
	}
}

/* --- frame by frame ------------------------------------------------------- */

/* Of a text. False: there are too many. */
static bool
count_bytes(struct ws_input *in, const struct wslay_frame_iocb *frame)
{
	if (wslay_is_ctrl_frame(frame->opcode))
		return true; /* few enough by the number of frames */
	if (frame->data_length > in->bytes_left) {
		in->bytes_left = 0;
		return false;
	}
	in->bytes_left -= frame->data_length;
	return true;
}

/* A frame, or a piece of one. WS_INPUT_MORE: it completes nothing. */
static enum ws_input_event
take(struct ws_input *in, const struct wslay_frame_iocb *frame,
     struct ws_item *item)
{
	struct ws_partial *p = in->partial;

	if (p->left == 0 && frame_begins(in, frame, item) != WS_INPUT_MORE)
		return WS_INPUT_BAD;
	p->left -= frame->data_length;
	p->ahead -= frame->data_length;
	if (!count_bytes(in, frame))
		return refuse(item, WS_CLOSE_POLICY, TOO_MANY_BYTES);
	if (wslay_is_ctrl_frame(frame->opcode)) {
		memcpy(p->control + p->control_len, frame->data,
		       frame->data_length);
		p->control_len += frame->data_length;
	} else {
		buf_put(&p->message, frame->data, frame->data_length);
	}
	return p->left > 0 ? WS_INPUT_MORE : frame_ends(in, frame, item);
}

static enum ws_input_event
read_frames(struct ws_input *in, struct ws_item *item)
{
	struct wslay_frame_iocb frame;
	enum ws_input_event event;
	ssize_t got;

	do {
		memset(&frame, 0, sizeof(frame));
		got = wslay_frame_recv(in->partial->wslay, &frame);
		if (got == WSLAY_ERR_WANT_READ)
			return WS_INPUT_MORE;
		if (got < 0)
			return refuse(item, WS_CLOSE_PROTOCOL,
				      "control frame too long or fragmented,"
				      " or length not minimal");
		event = take(in, &frame, item);
	} while (event == WS_INPUT_MORE);
	return event;
}

static bool
is_idle(const struct ws_partial *p)
{
	return p->left == 0 && p->ahead == 0 && !p->in_message;
}

static enum ws_input_event
next(struct ws_input *in, struct ws_item *item)
{
	struct ws_partial *p = in->partial;
	enum ws_input_event event;

	if (p->delivered)
		discard_message(in);
	event = read_frames(in, item);
	if (event == WS_INPUT_CLOSE || event == WS_INPUT_BAD) {
		p->over = event;
		p->last = *item;
	}
	return event;
}

enum ws_input_event
ws_input_next(struct ws_input *in, const uint8_t **at, const uint8_t *end,
	      struct ws_item *item)
{
	struct ws_partial *p = in->partial;
	enum ws_input_event event;

	*item = (struct ws_item){0};
	if (p == NULL) {
		if (*at == end)
			return WS_INPUT_MORE;
		p = in->partial = partial_take(in->max_text);
	}
	if (p->over != WS_INPUT_MORE) {
		*item = p->last;
		return p->over;
	}
	p->at = *at;
	p->end = end;
	event = next(in, item);
	*at = p->at;
	if (event == WS_INPUT_MORE && is_idle(p)) {
		partial_give_back(p);
		in->partial = NULL;
	}
	return event;
}
