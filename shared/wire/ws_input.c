/* SPDX-License-Identifier: MIT */
/*
 * ws_input.c - frames by wslay's frame API; what they make together is here.
 *
 * wslay's event API, which would do that too, is not used, because of what
 * version 1.1.1 does: it answers a broken header with a close without a code,
 * takes a close frame of one byte, checks the reason of a close wrongly when
 * it comes in pieces, refuses the codes 1012 to 1014, checks no text that is
 * compressed, and takes twice the memory.
 */
#include "config.h"

#include "shared/wire/ws_input.h"

#include <stdlib.h>
#include <string.h>
#include <wslay/wslay.h>

#include "shared/base/utf8.h"
#include "shared/wire/ws_deflate.h"

enum { CONTROL_MAX = 125 }; /* bytes; wslay sees to it */

struct ws_input {
	wslay_frame_context_ptr wslay;
	/* Of the call under way. */
	const struct ws_reading *reading;
	const uint8_t *at, *end;
	/* The frame under way. */
	uint64_t left; /* bytes of its payload to come; 0: there is none */
	size_t ahead;  /* bytes that wslay has and no frame has used */
	/* The message under way. */
	struct buf message;
	bool in_message; /* its last frame has not begun */
	bool compressed;
	/* A control frame may come between the frames of a message. */
	uint8_t control[CONTROL_MAX];
	size_t control_len;
	struct ws_ended ended; /* code 0: it has not */
};

/* One that is as good as new, for the next client. */
static struct ws_input *spare;

/* wslay asks for bytes: as many as there are, up to its 4 KB. */
static ssize_t
feed(uint8_t *bytes, size_t len, int flags, void *arg)
{
	struct ws_input *in = arg;
	size_t left = (size_t)(in->end - in->at);

	(void)flags;
	if (left == 0)
		return -1;
	if (len > left)
		len = left;
	memcpy(bytes, in->at, len);
	in->at += len;
	in->ahead += len;
	return (ssize_t)len;
}

static struct ws_input *
input_new(void)
{
	const struct wslay_frame_callbacks callbacks = {.recv_callback = feed};
	struct ws_input *in = calloc(1, sizeof *in);

	if (in == NULL)
		return NULL;
	if (wslay_frame_context_init(&in->wslay, &callbacks, in) != 0) {
		free(in);
		return NULL;
	}
	return in;
}

static struct ws_input *
input_take(const struct ws_reading *reading)
{
	struct ws_input *in = spare != NULL ? spare : input_new();

	spare = NULL;
	if (in != NULL) /* room for the NUL */
		buf_init(&in->message, reading->max_message + 1);
	return in;
}

static void
input_give_back(struct ws_input *in)
{
	buf_free(&in->message);
	if (spare == NULL)
		spare = in;
	else
		ws_input_free(in);
}

void
ws_input_free(struct ws_input *in)
{
	if (in == NULL)
		return;
	wslay_frame_context_free(in->wslay);
	buf_free(&in->message);
	free(in);
}

void
ws_input_free_spare(void)
{
	ws_input_free(spare);
	spare = NULL;
}

static bool
end(struct ws_input *in, uint16_t code, const char *reason)
{
	in->ended.code = code;
	in->ended.reason = reason;
	return false;
}

/* The client is told why, too. */
static bool
refuse(struct ws_input *in, enum ws_close code, const char *reason)
{
	ws_put_close(in->reading->out, code, reason);
	return end(in, code, reason);
}

static bool
refuse_without_memory(struct ws_input *in)
{
	return refuse(in, WS_CLOSE_ERROR, "no memory");
}

static bool
is_opcode(uint8_t opcode)
{
	return opcode <= WS_BINARY || (opcode >= WS_CLOSE && opcode <= WS_PONG);
}

static bool
is_rsv_allowed(const struct ws_input *in, const struct wslay_frame_iocb *frame)
{
	return frame->rsv == 0 ||
	       (frame->rsv == WSLAY_RSV1_BIT && in->reading->deflate &&
		(frame->opcode == WS_TEXT || frame->opcode == WS_BINARY));
}

/* The rule that the head of a frame breaks; NULL: none. */
static const char *
broken_rule(const struct ws_input *in, const struct wslay_frame_iocb *frame)
{
	if (!frame->mask)
		return "a frame that is not masked";
	if (!is_opcode(frame->opcode))
		return "a frame of an unknown kind";
	if (!is_rsv_allowed(in, frame))
		return "a reserved bit is set";
	if (frame->opcode == WS_CONTINUATION && !in->in_message)
		return "nothing to continue";
	if ((frame->opcode == WS_TEXT || frame->opcode == WS_BINARY) &&
	    in->in_message)
		return "a message inside another";
	return NULL;
}

/* Of a masked frame. wslay lets no length be longer than need be. */
static size_t
head_length(uint64_t payload_length)
{
	return 2 + 4 +
	       (payload_length < 126	       ? 0
		: payload_length <= UINT16_MAX ? 2
					       : 8);
}

static bool
frame_begins(struct ws_input *in, const struct wslay_frame_iocb *frame)
{
	const struct ws_reading *reading = in->reading;
	const char *rule;

	if (!reading->frame(reading->arg))
		return refuse(in, WS_CLOSE_POLICY, "too many frames");
	rule = broken_rule(in, frame);
	if (rule != NULL)
		return refuse(in, WS_CLOSE_PROTOCOL, rule);
	if (frame->opcode == WS_BINARY)
		return refuse(in, WS_CLOSE_UNSUPPORTED, "a binary message");
	if (wslay_is_ctrl_frame(frame->opcode))
		in->control_len = 0;
	else if (frame->payload_length > reading->max_message - in->message.len)
		return refuse(in, WS_CLOSE_TOO_BIG, "too long a message");
	if (frame->opcode == WS_TEXT)
		in->compressed = frame->rsv != 0;
	in->left = frame->payload_length;
	in->ahead -= head_length(frame->payload_length);
	return true;
}

/* A whole text; a NUL is added. */
static bool
tell(struct ws_input *in, struct buf *text)
{
	size_t len = text->len;
	const char *fault;

	if (!utf8_valid(text->bytes, len))
		return refuse(in, WS_CLOSE_NOT_TEXT, "a text is not UTF-8");
	buf_putc(text, '\0');
	if (!buf_ok(text))
		return refuse_without_memory(in);
	fault = in->reading->text(in->reading->arg, text->bytes, len);
	return fault == NULL || refuse(in, WS_CLOSE_POLICY, fault);
}

static bool
tell_inflated(struct ws_input *in)
{
	struct buf text;
	bool told;

	buf_init(&text, in->reading->max_message);
	switch (ws_inflate(&text, in->message.bytes, in->message.len)) {
	case WS_INFLATED:
		text.max++; /* for the NUL */
		told = tell(in, &text);
		break;
	case WS_INFLATED_TOO_BIG:
		told = refuse(in, WS_CLOSE_TOO_BIG,
			      "too long a message, inflated");
		break;
	case WS_INFLATED_BAD:
		told = refuse(in, WS_CLOSE_NOT_TEXT,
			      "a message cannot be inflated");
		break;
	default:
		told = refuse_without_memory(in);
		break;
	}
	buf_free(&text);
	return told;
}

static bool
message_ends(struct ws_input *in)
{
	if (!(in->compressed ? tell_inflated(in) : tell(in, &in->message)))
		return false;
	buf_clear(&in->message);
	return true;
}

static bool
answer_ping(struct ws_input *in)
{
	ws_put_frame(in->reading->out, WS_FIN | WS_PONG, in->control,
		     in->control_len);
	return buf_ok(in->reading->out) ||
	       end(in, WS_CLOSE_ERROR, "no room to answer");
}

/* RFC 6455, 7.4.2, and what IANA registered up to 1014. */
static bool
is_close_code(uint16_t code)
{
	return (code >= 1000 && code <= 1003) ||
	       (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

static bool
response_close(struct ws_input *in)
{
	const uint8_t *payload = in->control;
	uint16_t code = WS_CLOSE_NONE;

	if (in->control_len == 1)
		return refuse(in, WS_CLOSE_PROTOCOL, "half a close code");
	if (in->control_len >= 2) {
		code = (uint16_t)(payload[0] << 8 | payload[1]);
		if (!is_close_code(code))
			return refuse(in, WS_CLOSE_PROTOCOL,
				      "no such close code");
		if (!utf8_valid((const char *)payload + 2, in->control_len - 2))
			return refuse(in, WS_CLOSE_NOT_TEXT,
				      "why it closed is not UTF-8");
	}
	ws_put_close(in->reading->out, code, "");
	in->ended.closed = true;
	return end(in, code, "closed");
}

static bool
frame_ends(struct ws_input *in, const struct wslay_frame_iocb *frame)
{
	switch (frame->opcode) {
	case WS_CLOSE:
		return response_close(in);
	case WS_PING:
		return answer_ping(in);
	case WS_PONG:
		return true;
	default:
		in->in_message = !frame->fin;
		return in->in_message || message_ends(in);
	}
}

/* A frame, or a piece of one. */
static bool
take(struct ws_input *in, const struct wslay_frame_iocb *frame)
{
	if (in->left == 0 && !frame_begins(in, frame))
		return false;
	in->left -= frame->data_length;
	in->ahead -= frame->data_length;
	if (wslay_is_ctrl_frame(frame->opcode)) {
		memcpy(in->control + in->control_len, frame->data,
		       frame->data_length);
		in->control_len += frame->data_length;
	} else {
		buf_put(&in->message, frame->data, frame->data_length);
		if (!buf_ok(&in->message))
			return refuse_without_memory(in);
	}
	return in->left > 0 || frame_ends(in, frame);
}

static bool
read_frames(struct ws_input *in)
{
	struct wslay_frame_iocb frame;
	ssize_t got;

	for (;;) {
		memset(&frame, 0, sizeof frame);
		got = wslay_frame_recv(in->wslay, &frame);
		if (got == WSLAY_ERR_WANT_READ)
			return true;
		if (got < 0)
			return refuse(in, WS_CLOSE_PROTOCOL,
				      "a control frame too long or in pieces,"
				      " or a length written wrongly");
		if (!take(in, &frame))
			return false;
	}
}

static bool
is_idle(const struct ws_input *in)
{
	return in->left == 0 && in->ahead == 0 && !in->in_message;
}

bool
ws_input_read(struct ws_input **input, const struct ws_reading *reading,
	      const uint8_t *bytes, size_t len, struct ws_ended *ended)
{
	struct ws_input *in = *input;

	if (in != NULL && in->ended.code != 0) {
		*ended = in->ended;
		return false;
	}
	if (len == 0)
		return true;
	if (in == NULL && (in = input_take(reading)) == NULL) {
		*ended = (struct ws_ended){.code = WS_CLOSE_ERROR,
					   .reason = "no memory"};
		ws_put_close(reading->out, WS_CLOSE_ERROR, ended->reason);
		return false;
	}
	*input = in;
	in->reading = reading;
	in->at = bytes;
	in->end = bytes + len;
	if (!read_frames(in)) {
		*ended = in->ended;
		return false;
	}
	if (is_idle(in)) {
		input_give_back(in);
		*input = NULL;
	}
	return true;
}
