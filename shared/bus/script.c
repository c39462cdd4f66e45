/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/bus/script.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/buf.h"
#include "shared/base/text.h"
#include "shared/base/xalloc.h"

/* EVAL or EVALSHA, the script or its hash, the number of keys */
enum { WORD_VERB, WORD_SCRIPT, WORD_KEYS, WORDS_BEFORE };

struct script_call {
	struct script *script;
	redis_reply_fn *fn;
	void *arg;
	bool by_hash;	    /* so Redis may not have the script */
	bool forbidden;	    /* it was by hash */
	const char **words; /* copies, to send them once more, or NULL */
};

/* --- words ---------------------------------------------------------------- */

static size_t
count(const char *const *list)
{
	size_t n = 0;

	while (list[n] != NULL)
		n++;
	return n;
}

static bool
is_by_hash(const struct script *script)
{
	return script->sent && !script->spelled;
}

/* Free with free(). `keys` is the number of keys as a text. */
static const char **
make_words(const struct script *script, const struct script_input *input,
	   const char *keys)
{
	const struct script_text *what = script->what;
	size_t key_count = count(input->keys), arg_count = count(input->args);
	const char **words =
	    xcalloc(WORDS_BEFORE + key_count + arg_count + 1, sizeof(*words));

	words[WORD_VERB] = is_by_hash(script) ? "EVALSHA" : "EVAL";
	words[WORD_SCRIPT] = is_by_hash(script) ? what->hash : what->text;
	words[WORD_KEYS] = keys;
	memcpy(words + WORDS_BEFORE, input->keys, key_count * sizeof(*words));
	memcpy(words + WORDS_BEFORE + key_count, input->args,
	       arg_count * sizeof(*words));
	return words;
}

/* The same with texts of its own, in one block. Free with free(). */
static const char **
copy_words(const char *const *words)
{
	size_t n = count(words), size = (n + 1) * sizeof(*words), i;
	const char **copies;
	char *at;

	for (i = 0; i < n; i++)
		size += strlen(words[i]) + 1;
	copies = xmalloc(size);
	at = (char *)(copies + n + 1);
	for (i = 0; i < n; i++)
		copies[i] = text_copy(&at, text_of(words[i])).bytes;
	copies[n] = NULL;
	return copies;
}

/* --- running -------------------------------------------------------------- */

static const char *
error_of(const struct redis_reply *reply)
{
	const char *error = reply != NULL ? redis_reply_error(reply) : NULL;

	return error != NULL ? error : "";
}

static bool
is_unknown_script(const struct redis_reply *reply)
{
	return strncmp(error_of(reply), "NOSCRIPT", 8) == 0;
}

/* The command itself, not one that the script has run. */
static bool
is_forbidden(const struct redis_reply *reply, const char *command)
{
	const char *error = error_of(reply);

	return strncmp(error, "NOPERM", 6) == 0 &&
	       strstr(error, command) != NULL;
}

static void answered(void *arg, const struct redis_reply *reply);

/* False: the connection is down. */
static bool
send_text(struct script_call *call)
{
	struct script *script = call->script;

	call->by_hash = false;
	call->words[WORD_VERB] = "EVAL";
	call->words[WORD_SCRIPT] = script->what->text;
	return redis_conn_command(script->conn, call->words, answered, call);
}

static void
answered(void *arg, const struct redis_reply *reply)
{
	struct script_call *call = arg;

	if (call->by_hash) {
		call->forbidden = is_forbidden(reply, "'evalsha'");
		if ((call->forbidden || is_unknown_script(reply)) &&
		    send_text(call))
			return;
	} else if (call->forbidden && reply != NULL) {
		call->script->spelled = !is_forbidden(reply, "'eval'");
	}
	call->fn(call->arg, reply);
	free(call->words);
	free(call);
}

bool
script_run(struct script *script, const struct script_input *input,
	   redis_reply_fn *fn, void *arg)
{
	struct script_call *call = xmalloc(sizeof(*call));
	char keys[BUF_DECIMAL_MAX + 1];
	const char **words;
	bool sent;

	words = make_words(script, input, keys);
	buf_decimal_string(keys, count(input->keys));
	*call = (struct script_call){.script = script,
				     .fn = fn,
				     .arg = arg,
				     .by_hash = is_by_hash(script)};
	sent = redis_conn_command(script->conn, words, answered, call);
	if (sent && call->by_hash)
		call->words = copy_words(words);
	script->sent |= sent;
	free(words);
	if (!sent)
		free(call);
	return sent;
}

void
script_init(struct script *script, struct redis_conn *conn,
	    const struct script_text *what)
{
	*script = (struct script){.conn = conn, .what = what};
}

void
script_renew(struct script *script)
{
	script->sent = false;
}

void
script_expect(struct script *script)
{
	script->sent = true;
}
