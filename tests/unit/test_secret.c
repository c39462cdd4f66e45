/* SPDX-License-Identifier: MIT */
/* shared/access/secret.c */
#include "config.h"

#include "shared/access/secret.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/fake_clock.h"
#include "tests/unit/suite.h"

static struct secret secret;
static char path[64];
static char fault[SECRET_FAULT_SIZE];

static void
write_file(const char *text)
{
	FILE *out;

	snprintf(path, sizeof(path), "/tmp/pushcgi-secret-%d", (int)getpid());
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(text, out), 0);
	ck_assert_int_eq(fclose(out), 0);
}

static void
finish(void)
{
	secret_close(&secret);
	unlink(path);
}

static void
open_file(const char *text)
{
	write_file(text);
	ck_assert_msg(secret_open(&secret, "", path, fault), "%s", fault);
}

static void
assert_secrets(const char *first, const char *second)
{
	ck_assert_uint_eq(secret.count, second == NULL ? 1 : 2);
	suite_assert_same(secret_at(&secret, 0).bytes,
			  secret_at(&secret, 0).len, first, strlen(first));
	if (second != NULL)
		suite_assert_same(secret_at(&secret, 1).bytes,
				  secret_at(&secret, 1).len, second,
				  strlen(second));
}

static void
assert_file_refused(const char *text, const char *part)
{
	write_file(text);
	fault[0] = '\0';
	ck_assert_msg(!secret_open(&secret, "", path, fault), "%s", text);
	ck_assert_msg(strstr(fault, part) != NULL, "%s", fault);
	ck_assert_msg(strstr(fault, path) != NULL, "%s", fault);
	ck_assert_uint_eq(secret.count, 0);
	finish();
}

static void
change_file(const char *text)
{
	write_file(text);
	fake_clock_advance(1000);
	secret_refresh(&secret);
}

TEST(a_secret_may_be_a_setting)
{
	ck_assert(secret_open(&secret, "0123456789abcdef", "", fault));
	assert_secrets("0123456789abcdef", NULL);
	secret_refresh(&secret);
	assert_secrets("0123456789abcdef", NULL);
	secret_close(&secret);
	ck_assert_uint_eq(secret.count, 0);
}

TEST(without_a_setting_and_a_file_there_is_no_secret)
{
	ck_assert(secret_open(&secret, "", "", fault));
	ck_assert_uint_eq(secret.count, 0);
	secret_refresh(&secret);
	secret_close(&secret);
}

TEST(a_setting_is_preferred_to_a_file)
{
	ck_assert(
	    secret_open(&secret, "0123456789abcdef", "/nonexistent", fault));
	assert_secrets("0123456789abcdef", NULL);
	secret_close(&secret);
}

TEST(a_secret_has_16_to_256_printable_characters)
{
	char longest[SECRET_MAX + 2];

	memset(longest, 'a', sizeof(longest));
	ck_assert_ptr_null(secret_text_fault(text_of("0123456789abcdef")));
	ck_assert_ptr_null(secret_text_fault(text_of("a ~!\"#$%&'()*+,b")));
	ck_assert_ptr_null(
	    secret_text_fault((struct text){longest, SECRET_MAX}));
	ck_assert_ptr_nonnull(
	    secret_text_fault((struct text){longest, SECRET_MAX + 1}));
	ck_assert_ptr_nonnull(secret_text_fault(text_of("0123456789abcde")));
	ck_assert_ptr_nonnull(secret_text_fault((struct text){0}));
	ck_assert_ptr_nonnull(secret_text_fault(text_of(" 123456789abcdef")));
	ck_assert_ptr_nonnull(secret_text_fault(text_of("0123456789abcde ")));
	ck_assert_ptr_nonnull(secret_text_fault(text_of("01234567\t9abcdef")));
	ck_assert_ptr_nonnull(
	    secret_text_fault(text_of("01234567\xc3\xa4\x39\x61\x62\x63")));
	ck_assert_ptr_nonnull(
	    secret_text_fault((struct text){"0123456\0009abcdef", 16}));
}

TEST(a_setting_that_is_too_short_says_how_to_make_a_secret)
{
	ck_assert(!secret_open(&secret, "short", "", fault));
	ck_assert(strstr(fault, "16 characters") != NULL);
	ck_assert(strstr(fault, "openssl rand -base64 32") != NULL);
	ck_assert_ptr_null(strstr(fault, "\"short\""));
	ck_assert_uint_eq(secret.count, 0);
}

TEST(the_first_line_of_a_file_is_the_secret)
{
	open_file("0123456789abcdef\n");
	assert_secrets("0123456789abcdef", NULL);
	finish();
}

TEST(a_file_need_not_end_with_a_newline)
{
	open_file("0123456789abcdef");
	assert_secrets("0123456789abcdef", NULL);
	finish();
}

TEST(the_second_line_of_a_file_is_a_secret_too)
{
	open_file("0123456789abcdef\nfedcba9876543210\n");
	assert_secrets("0123456789abcdef", "fedcba9876543210");
	finish();
}

TEST(a_line_may_be_one_of_apache)
{
	open_file("Define pushcgi_handoff_secret \"0123456789abcdef\"\n"
		  "Define before \"fedcba9876543210\"\n");
	assert_secrets("0123456789abcdef", "fedcba9876543210");
	finish();
	open_file("Define no 0123456789abcdef\n");
	assert_secrets("Define no 0123456789abcdef", NULL);
	finish();
	assert_file_refused("Define x \"short\"\n", "shorter");
	assert_file_refused("Define \"\n", "shorter");
}

TEST(another_file_is_refused)
{
	assert_file_refused("", "16 characters");
	assert_file_refused("\n", "16 characters");
	assert_file_refused("short\n", "16 characters");
	assert_file_refused("\n0123456789abcdef\n", "16 characters");
	assert_file_refused("0123456789abcdef\n\n", "16 characters");
	assert_file_refused("0123456789abcdef\nshort\n", "16 characters");
	assert_file_refused("0123456789abcdef\r\n", "printable");
	assert_file_refused("0123456789abcdef \n", "space");
	assert_file_refused("0123456789abcdef\nfedcba9876543210\nx\n",
			    "two lines");
}

TEST(a_missing_file_is_refused_with_its_path_and_the_reason)
{
	ck_assert(!secret_open(&secret, "", "/nonexistent/secret", fault));
	ck_assert_str_eq(fault, "The secret in /nonexistent/secret cannot be "
				"read: No such file or directory.");
	ck_assert_uint_eq(secret.count, 0);
}

TEST(a_file_that_changes_is_read_again)
{
	open_file("0123456789abcdef\n");
	change_file("fedcba9876543210\n0123456789abcdef\n");
	assert_secrets("fedcba9876543210", "0123456789abcdef");
	change_file("fedcba9876543210\n");
	assert_secrets("fedcba9876543210", NULL);
	finish();
}

TEST(within_a_second_a_file_is_not_read_again)
{
	open_file("0123456789abcdef\n");
	write_file("fedcba9876543210\n");
	secret_refresh(&secret);
	fake_clock_advance(999);
	secret_refresh(&secret);
	assert_secrets("0123456789abcdef", NULL);
	fake_clock_advance(1);
	secret_refresh(&secret);
	assert_secrets("fedcba9876543210", NULL);
	finish();
}

TEST(a_file_that_becomes_invalid_changes_nothing)
{
	open_file("0123456789abcdef\nfedcba9876543210\n");
	change_file("short\n");
	assert_secrets("0123456789abcdef", "fedcba9876543210");
	change_file("aaaaaaaaaaaaaaaa\nshort\n");
	assert_secrets("0123456789abcdef", "fedcba9876543210");
	unlink(path);
	fake_clock_advance(1000);
	secret_refresh(&secret);
	assert_secrets("0123456789abcdef", "fedcba9876543210");
	change_file("aaaaaaaaaaaaaaaa\n");
	assert_secrets("aaaaaaaaaaaaaaaa", NULL);
	finish();
}

TEST(a_text_is_one_of_the_secrets_or_not)
{
	open_file("0123456789abcdef\nfedcba9876543210\n");
	ck_assert(secret_is(&secret, text_of("0123456789abcdef")));
	ck_assert(secret_is(&secret, text_of("fedcba9876543210")));
	ck_assert(!secret_is(&secret, text_of("0123456789abcdeg")));
	ck_assert(!secret_is(&secret, text_of("0123456789abcde")));
	ck_assert(!secret_is(&secret, text_of("0123456789abcdef\n")));
	ck_assert(!secret_is(&secret, (struct text){0}));
	finish();
	ck_assert(!secret_is(&secret, (struct text){0}));
}
