/* SPDX-License-Identifier: MIT */
/* shared/access/credentials.c */
#include "config.h"

#include "shared/access/credentials.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "shared/base/clock.h"
#include "shared/conf/conf_set.h"
#include "tests/unit/hs256.h"
#include "tests/unit/suite.h"

#define SECRET "0123456789abcdef"
#define ALICE  "{\"mercure\":{\"subscribe\":[\"alice\"]}}"
#define BOB    "{\"mercure\":{\"subscribe\":[\"bob\"]}}"
#define WRONG  "eyJhbGciOiJIUzI1NiJ9.e30.AAAA"
#define SIG    "diNnAL0W0ad7zpTiTZXny5fd2nE8LabpQVQo9sM1hoc"

static struct conf conf;
static struct access_keys keys;
static struct access_params params;
static struct credentials c;

/* --- requests ------------------------------------------------------------- */

/* Settings, before the first request. */
static void
open_conf(void)
{
	memset(&params, 0, sizeof(params));
	conf_init(&conf);
	conf_set_text(&conf.access_jwt_key, HS256_SECRET);
	conf_set_text(&conf.access_publish_secret, SECRET);
	conf_set_text(&conf.access_redirect_from, "/cgi-bin/a.pl /b");
	conf_set_text(&conf.access_user_header, "X-Remote-User");
}

static void
open_keys(void)
{
	char fault[SECRET_FAULT_SIZE];

	ck_assert_msg(access_keys_open(&keys, &conf, fault), "%s", fault);
}

static void
open_all(void)
{
	open_conf();
	open_keys();
}

static void
close_all(void)
{
	credentials_free(&c);
	access_keys_close(&keys);
	conf_free_texts(&conf);
}

static void
read_all(const char *const variables[], bool http)
{
	char *list[8];
	size_t i;

	for (i = 0; variables[i] != NULL; i++)
		list[i] = (char *)(uintptr_t)variables[i];
	list[i] = NULL;
	credentials_free(&c);
	credentials_read(&c, &keys, &(struct request){.variables = list}, &conf,
			 &params, http);
}

/* With one variable, by FastCGI or CGI. */
static void
read_one(const char *variable)
{
	read_all((const char *const[]){variable, NULL}, false);
}

static void
read_http(const char *variable)
{
	read_all((const char *const[]){variable, NULL}, true);
}

/* NAME=before after, in one of four texts. */
static const char *
variable(const char *name, const char *before, const char *after)
{
	static char texts[4][1200];
	static size_t next;
	char *text = texts[next++ % 4];

	snprintf(text, sizeof(texts[0]), "%s=%s%s", name, before, after);
	return text;
}

static void
assert_token_of(const char *channel)
{
	ck_assert_msg(c.token != NULL, "%s", c.fault);
	ck_assert_ptr_null(c.fault);
	ck_assert(token_allows(c.token, ACCESS_SUBSCRIBE, text_of(channel)));
}

static void
assert_fault(const char *part)
{
	ck_assert_ptr_null(c.token);
	ck_assert_ptr_nonnull(c.fault);
	ck_assert_msg(strstr(c.fault, part) != NULL, "%s", c.fault);
	ck_assert_msg(c.fault[strlen(c.fault) - 1] == '.', "%s", c.fault);
}

/* --- the user ------------------------------------------------------------- */

TEST(remote_user_is_the_user)
{
	open_all();
	read_one("REMOTE_USER=alice");
	ck_assert_str_eq(c.user, "alice");
	read_one("REMOTE_USER=");
	ck_assert_ptr_null(c.user);
	close_all();
}

/* A header Remote-User, or one that the front does not know. */
TEST(the_subject_of_the_token_counts_without_a_user_that_is_a_name)
{
	char bearer[1000], bad[] = "REMOTE_USER=a\tb", good[] = "REMOTE_USER=A";

	open_all();
	snprintf(bearer, sizeof(bearer), "HTTP_AUTHORIZATION=Bearer %s",
		 hs256("{\"sub\":\"ann\"}"));
	read_all((const char *const[]){bad, bearer, NULL}, false);
	ck_assert_str_eq(credentials_user(&c), "ann");
	read_all((const char *const[]){good, bearer, NULL}, false);
	ck_assert_str_eq(credentials_user(&c), "A");
	read_one(bad);
	ck_assert_ptr_null(credentials_user(&c));
	close_all();
}

TEST(a_header_of_the_client_is_not_remote_user)
{
	open_all();
	read_one("HTTP_REMOTE_USER=alice");
	ck_assert_ptr_null(c.user);
	read_http("HTTP_REMOTE_USER=alice");
	ck_assert_ptr_null(c.user);
	close_all();
}

TEST(remote_user_does_not_count_over_http)
{
	open_all();
	read_http("REMOTE_USER=alice");
	ck_assert_ptr_null(c.user);
	close_all();
}

TEST(the_user_header_counts_over_http_only)
{
	open_all();
	read_http("HTTP_X_REMOTE_USER=alice");
	ck_assert_str_eq(c.user, "alice");
	read_one("HTTP_X_REMOTE_USER=alice");
	ck_assert_ptr_null(c.user);
	read_http("HTTP_X_REMOTE_USER=");
	ck_assert_ptr_null(c.user);
	read_http("HTTP_X_REMOTE_USER2=alice");
	ck_assert_ptr_null(c.user);
	close_all();
}

TEST(without_the_setting_no_header_is_the_user)
{
	open_conf();
	conf_set_text(&conf.access_user_header, "");
	open_keys();
	read_http("HTTP_X_REMOTE_USER=alice");
	ck_assert_ptr_null(c.user);
	read_http("HTTP_=alice");
	ck_assert_ptr_null(c.user);
	close_all();
}

TEST(a_user_header_may_be_as_long_as_the_setting)
{
	char header[65], name[5 + 64 + 1] = "HTTP_";

	memset(header, 'x', 64);
	memset(name + 5, 'X', 64);
	header[64] = name[5 + 64] = '\0';
	open_conf();
	conf_set_text(&conf.access_user_header, header);
	open_keys();
	read_http(variable(name, "alice", ""));
	ck_assert_str_eq(c.user, "alice");
	close_all();
}

/* --- a redirect ----------------------------------------------------------- */

TEST(redirect_url_of_apache_names_the_script)
{
	static const char *const believed[] = {"REDIRECT_URL=/cgi-bin/a.pl",
					       "REDIRECT_URL=/b"};
	static const char *const others[] = {
	    "REDIRECT_URL=/cgi-bin/a.pl/more", "REDIRECT_URL=/cgi-bin/a",
	    "REDIRECT_URL=/", "REDIRECT_URL=/cgi-bin/a.pl /b"};

	open_all();
	for (size_t i = 0; i < sizeof believed / sizeof *believed; i++) {
		read_one(believed[i]);
		ck_assert_msg(c.is_redirected, "%s", believed[i]);
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		read_one(others[i]);
		ck_assert_msg(!c.is_redirected, "%s", others[i]);
	}
	close_all();
}

TEST(the_path_of_request_uri_names_the_script_of_lighttpd)
{
	open_all();
	read_one("REQUEST_URI=/cgi-bin/a.pl");
	ck_assert(c.is_redirected);
	read_one("REQUEST_URI=/cgi-bin/a.pl?since=0");
	ck_assert(c.is_redirected);
	read_one("REQUEST_URI=/push/sse?channel=news");
	ck_assert(!c.is_redirected);
	read_one("REQUEST_URI=/push/sse?/cgi-bin/a.pl");
	ck_assert(!c.is_redirected);
	read_one("REQUEST_URI=?");
	ck_assert(!c.is_redirected);
	close_all();
}

/* Apache keeps what the client asked for in REQUEST_URI. */
TEST(redirect_url_counts_more_than_request_uri)
{
	open_all();
	read_all((const char *const[]){"REDIRECT_URL=/other",
				       "REQUEST_URI=/cgi-bin/a.pl", NULL},
		 false);
	ck_assert(!c.is_redirected);
	read_all((const char *const[]){"REQUEST_URI=/other",
				       "REDIRECT_URL=/cgi-bin/a.pl", NULL},
		 false);
	ck_assert(c.is_redirected);
	close_all();
}

TEST(headers_of_the_client_are_no_redirect)
{
	static const char *const forged[] = {
	    "HTTP_REDIRECT_URL=/cgi-bin/a.pl", "HTTP_REQUEST_URI=/cgi-bin/a.pl",
	    "HTTP_X_REWRITE_URL=/cgi-bin/a.pl",
	    "HTTP_X_ORIGINAL_URL=/cgi-bin/a.pl", "REDIRECT_STATUS=200"};

	open_all();
	for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
		read_one(forged[i]);
		ck_assert_msg(!c.is_redirected, "%s", forged[i]);
		read_http(forged[i]);
		ck_assert_msg(!c.is_redirected, "%s", forged[i]);
	}
	close_all();
}

TEST(there_is_no_redirect_over_http)
{
	open_all();
	read_http("REQUEST_URI=/cgi-bin/a.pl");
	ck_assert(!c.is_redirected);
	read_http("REDIRECT_URL=/cgi-bin/a.pl");
	ck_assert(!c.is_redirected);
	close_all();
}

TEST(without_the_setting_nothing_is_a_redirect)
{
	open_conf();
	conf_set_text(&conf.access_redirect_from, "");
	open_keys();
	read_one("REDIRECT_URL=/cgi-bin/a.pl");
	ck_assert(!c.is_redirected);
	read_one("REDIRECT_URL=");
	ck_assert(!c.is_redirected);
	close_all();
}

/* --- tokens --------------------------------------------------------------- */

TEST(a_token_comes_as_bearer_parameter_or_cookie)
{
	open_all();
	read_one(variable("HTTP_AUTHORIZATION", "Bearer ", hs256(ALICE)));
	assert_token_of("alice");
	read_one(variable("HTTP_COOKIE", "a=b; pushcgi=", hs256(ALICE)));
	assert_token_of("alice");
	params.token = text_of(hs256(ALICE));
	read_one("A=");
	assert_token_of("alice");
	close_all();
}

TEST(mod_fcgid_passes_authorization_by_that_name)
{
	open_all();
	read_one(variable("Authorization", "Bearer ", hs256(ALICE)));
	assert_token_of("alice");
	close_all();
}

TEST(the_word_bearer_is_in_any_case)
{
	open_all();
	read_one(variable("HTTP_AUTHORIZATION", "bEARER   ", hs256(ALICE)));
	assert_token_of("alice");
	close_all();
}

TEST(bearer_counts_more_than_the_parameter_and_that_than_the_cookie)
{
	const char *alice = hs256(ALICE), *bob = hs256(BOB);
	const char *cookie = variable("HTTP_COOKIE", "pushcgi=", alice);

	open_all();
	params.token = text_of(bob);
	read_one(cookie);
	assert_token_of("bob");
	read_all(
	    (const char *const[]){
		cookie, variable("HTTP_AUTHORIZATION", "Bearer ", alice), NULL},
	    false);
	assert_token_of("alice");
	close_all();
}

/* Or a client could not see that its new token is wrong. */
TEST(the_first_token_counts_even_if_it_is_wrong)
{
	open_all();
	params.token = text_of(hs256(ALICE));
	read_one("HTTP_AUTHORIZATION=Bearer " WRONG);
	assert_fault("");
	params.token = text_of(WRONG);
	read_one(variable("HTTP_COOKIE", "pushcgi=", hs256(ALICE)));
	assert_fault("");
	close_all();
}

TEST(basic_is_ignored)
{
	open_all();
	read_one("HTTP_AUTHORIZATION=Basic YWxpY2U6cHc=");
	ck_assert_ptr_null(c.token);
	ck_assert_ptr_null(c.fault);
	ck_assert_ptr_null(c.user);
	ck_assert(!c.is_any);
	read_all((const char *const[]){"HTTP_AUTHORIZATION=Basic YWxpY2U6cHc=",
				       variable("HTTP_COOKIE",
						"pushcgi=", hs256(ALICE)),
				       NULL},
		 false);
	assert_token_of("alice");
	close_all();
}

TEST(bearer_without_a_token_is_a_fault)
{
	open_all();
	read_one("HTTP_AUTHORIZATION=Bearer ");
	assert_fault("");
	read_one("HTTP_AUTHORIZATION=Bearer");
	ck_assert_ptr_null(c.token);
	close_all();
}

TEST(two_different_cookies_of_the_name_do_not_count)
{
	const char *alice = hs256(ALICE), *bob = hs256(BOB);
	char text[1200];

	open_all();
	snprintf(text, sizeof(text), "HTTP_COOKIE=pushcgi=%s; pushcgi=%s",
		 alice, bob);
	read_one(text);
	assert_fault("two cookies");
	snprintf(text, sizeof(text), "HTTP_COOKIE=pushcgi=%s; pushcgi=%s",
		 alice, alice);
	read_one(text);
	assert_token_of("alice");
	close_all();
}

TEST(access_cookie_is_the_name_of_the_cookie)
{
	open_conf();
	conf_set_text(&conf.access_cookie, "__Host-t");
	open_keys();
	read_one(variable("HTTP_COOKIE", "__Host-t=", hs256(ALICE)));
	assert_token_of("alice");
	read_one(variable("HTTP_COOKIE", "pushcgi=", hs256(ALICE)));
	ck_assert_ptr_null(c.token);
	close_all();
}

TEST(without_a_key_the_fault_names_the_setting)
{
	open_conf();
	conf_set_text(&conf.access_jwt_key, "");
	open_keys();
	read_one(variable("HTTP_AUTHORIZATION", "Bearer ", hs256(ALICE)));
	assert_fault("access.jwt_key_file");
	close_all();
}

TEST(an_expired_token_is_a_fault_that_says_so)
{
	char payload[120];

	open_all();
	snprintf(payload, sizeof(payload),
		 "{\"exp\":%llu,\"mercure\":{\"subscribe\":[\"alice\"]}}",
		 (unsigned long long)clock_unix() - 60);
	read_one(variable("HTTP_AUTHORIZATION", "Bearer ", hs256(payload)));
	assert_fault("expired");
	close_all();
}

/* --- the publish secret --------------------------------------------------- */

TEST(the_publish_secret_is_a_bearer)
{
	open_all();
	read_one("HTTP_AUTHORIZATION=Bearer " SECRET);
	ck_assert(c.is_publisher);
	ck_assert_ptr_null(c.fault);
	ck_assert_ptr_null(c.token);
	close_all();
}

TEST(the_publish_secret_is_nothing_but_a_bearer)
{
	open_all();
	read_one("HTTP_COOKIE=pushcgi=" SECRET);
	ck_assert(!c.is_publisher);
	read_one("HTTP_AUTHORIZATION=Basic " SECRET);
	ck_assert(!c.is_publisher);
	params.token = text_of(SECRET);
	read_one("A=");
	ck_assert(!c.is_publisher);
	close_all();
}

TEST(another_secret_is_no_publisher)
{
	open_all();
	read_one("HTTP_AUTHORIZATION=Bearer 0123456789abcdeF");
	ck_assert(!c.is_publisher);
	read_one("HTTP_AUTHORIZATION=Bearer 0123456789abcde");
	ck_assert(!c.is_publisher);
	read_one("HTTP_AUTHORIZATION=Bearer " SECRET "0");
	ck_assert(!c.is_publisher);
	close_all();
}

TEST(without_a_publish_secret_nobody_has_it)
{
	open_conf();
	conf_set_text(&conf.access_publish_secret, "");
	open_keys();
	read_one("HTTP_AUTHORIZATION=Bearer ");
	ck_assert(!c.is_publisher);
	read_one("HTTP_AUTHORIZATION=Bearer " SECRET);
	ck_assert(!c.is_publisher);
	close_all();
}

/* --- signatures ----------------------------------------------------------- */

TEST(sig_and_expires_are_taken_together)
{
	open_all();
	params.sig = text_of(SIG);
	params.expires = text_of("1800000600");
	read_one("A=");
	ck_assert_str_eq(c.sig, SIG);
	ck_assert_uint_eq(c.sig_expires, 1800000600);
	ck_assert_ptr_null(c.fault);
	close_all();
}

TEST(half_a_signature_is_none_and_a_fault)
{
	static const char *const wrong[][2] = {
	    {SIG, ""},	  {"", "1800000600"},		{"x", "1800000600"},
	    {SIG, "+1"},  {SIG "x", "1800000600"},	{SIG, "01"},
	    {SIG, "1.5"}, {SIG, "18446744073709551616"}};

	open_all();
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		params.sig = text_of(wrong[i][0]);
		params.expires = text_of(wrong[i][1]);
		read_one("A=");
		ck_assert_msg(c.sig[0] == '\0', "%s %s", wrong[i][0],
			      wrong[i][1]);
		assert_fault("signed URL");
		ck_assert(c.is_any);
	}
	close_all();
}

/* --- whether its response is private -------------------------------------- */

TEST(what_shows_something_is_any)
{
	static const char *const shows[] = {
	    "REMOTE_USER=alice", "HTTP_COOKIE=session=1", "REDIRECT_URL=/b",
	    "HTTP_AUTHORIZATION=Bearer x",
	    ("HTTP_AUTHORIZATION=Bearer " SECRET)};

	open_all();
	for (size_t i = 0; i < sizeof shows / sizeof *shows; i++) {
		read_one(shows[i]);
		ck_assert_msg(c.is_any, "%s", shows[i]);
	}
	params.token = text_of("x");
	read_one("A=");
	ck_assert(c.is_any);
	close_all();
}

TEST(what_shows_nothing_is_not_any)
{
	open_all();
	read_all((const char *const[]){"REMOTE_ADDR=127.0.0.1",
				       "HTTP_HOST=localhost",
				       "HTTP_COOKIE=", "REMOTE_USER=", NULL},
		 false);
	ck_assert(!c.is_any);
	ck_assert(c.is_loopback);
	close_all();
}

/* --- a command ------------------------------------------------------------ */

/* What a command with `params` has after a handshake of alice by token. */
static struct credentials
extend(void)
{
	struct credentials out;

	credentials_extend(&out, &keys, &c, &params);
	return out;
}

static void
handshake(void)
{
	open_all();
	read_all((const char *const[]){"REMOTE_USER=carol",
				       variable("HTTP_AUTHORIZATION", "Bearer ",
						hs256(ALICE)),
				       NULL},
		 false);
}

TEST(a_command_has_what_the_handshake_had)
{
	struct credentials out;

	handshake();
	out = extend();
	ck_assert_str_eq(out.user, "carol");
	ck_assert(token_allows(out.token, ACCESS_SUBSCRIBE, text_of("alice")));
	credentials_free(&out);
	assert_token_of("alice");
	close_all();
}

TEST(a_token_of_the_command_replaces_that_of_the_handshake)
{
	struct credentials out;

	handshake();
	params.token = text_of(hs256(BOB));
	out = extend();
	ck_assert_str_eq(out.user, "carol");
	ck_assert(token_allows(out.token, ACCESS_SUBSCRIBE, text_of("bob")));
	ck_assert(!token_allows(out.token, ACCESS_SUBSCRIBE, text_of("alice")));
	credentials_free(&out);
	params.token = text_of(WRONG);
	out = extend();
	ck_assert_ptr_null(out.token);
	ck_assert_ptr_nonnull(out.fault);
	credentials_free(&out);
	assert_token_of("alice");
	close_all();
}

TEST(a_good_token_of_the_command_forgets_the_fault_of_the_handshake)
{
	struct credentials out;

	open_all();
	read_one("HTTP_AUTHORIZATION=Bearer " WRONG);
	assert_fault("");
	params.token = text_of(hs256(BOB));
	out = extend();
	ck_assert_ptr_nonnull(out.token);
	ck_assert_ptr_null(out.fault);
	credentials_free(&out);
	close_all();
}

TEST(a_signature_of_the_command_is_added)
{
	struct credentials out;

	handshake();
	params.sig = text_of(SIG);
	params.expires = text_of("1800000600");
	out = extend();
	ck_assert_str_eq(out.sig, SIG);
	ck_assert_ptr_nonnull(out.token);
	credentials_free(&out);
	ck_assert_str_eq(c.sig, "");
	close_all();
}

/* The script that redirected chose the channels of the handshake. */
TEST(the_redirect_of_the_handshake_does_not_count_for_a_command)
{
	struct credentials out;

	open_all();
	read_one("REDIRECT_URL=/cgi-bin/a.pl");
	ck_assert(c.is_redirected);
	out = extend();
	ck_assert(!out.is_redirected);
	credentials_free(&out);
	close_all();
}

TEST(a_token_counts_for_no_command_after_its_key_was_replaced)
{
	struct credentials out;

	handshake();
	access_keys_close(&keys);
	conf_set_text(&conf.access_jwt_key, "another key of 32 characters, ok");
	open_keys();
	out = extend();
	ck_assert_ptr_null(out.token);
	ck_assert_ptr_nonnull(out.fault);
	credentials_free(&out);
	close_all();
}

TEST(a_publisher_is_none_in_commands_after_its_secret_was_replaced)
{
	struct credentials out;

	open_all();
	read_one("HTTP_AUTHORIZATION=Bearer " SECRET);
	out = extend();
	ck_assert(out.is_publisher);
	credentials_free(&out);
	access_keys_close(&keys);
	conf_set_text(&conf.access_publish_secret, "fedcba9876543210");
	open_keys();
	out = extend();
	ck_assert(!out.is_publisher);
	credentials_free(&out);
	close_all();
}
