/* SPDX-License-Identifier: MIT */
/* commands/doctor/access.c: who may, in sentences */
#include "config.h"

#include "commands/doctor/access.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/doctor_want.h"
#include "tests/unit/suite.h"

TEST(each_way_has_its_words)
{
	static const struct {
		const char *settings, *words;
	} all[] = {
	    {"", "To subscribe to orders-eva by HTTP may: everybody."},
	    {"[access]\nsubscribe = none\n",
	     "To subscribe to orders-eva by HTTP may: nobody."},
	    {"[access]\nsubscribe = user\n",
	     "every user who is logged in, as the web server says"},
	    {"[access]\nsubscribe = user\nuser_header = X-User\n",
	     "every user who is logged in, as the header X-User says"},
	    {"[channel \"orders-*\"]\nsubscribe = user\n",
	     "the user \"eva\" (what the * of the section stands for)"},
	    {"[access]\nsubscribe = token redirect\nsecret_file = /s\n"
	     "redirect_from = /a.pl\n",
	     "whoever has a URL signed for it to subscribe to it (push-token); "
	     "or whom one of these scripts redirects: /a.pl."},
	    {"[access]\nsubscribe = token\njwks_file = /s\n",
	     "whoever has a JSON Web Token that allows to subscribe"},
	    {"[access]\npublish = token loopback\npublish_secret_file = /s\n",
	     "To publish to orders-eva by HTTP may: a program that sends "
	     "access.publish_secret; or a program on this machine."},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		access_explain(want_doctor(all[i].settings), "orders-eva");
		want_found(FINDING_NOTE, all[i].words);
	}
}

TEST(the_line_of_a_section)
{
	access_explain(want_doctor("[channel \"orders-*\"]\n"
				   "publish = any\nsubscribe = any\n"),
		       "orders-eva");
	want_found(FINDING_NOTE, "f:3: subscribe in [channel \"orders-*\"].");
	want_found(FINDING_NOTE, "f:2: publish in [channel \"orders-*\"].");
}

TEST(a_section_that_does_not_set_it)
{
	access_explain(want_doctor("[channel \"orders-*\"]\nretain = last\n"),
		       "orders-eva");
	want_found(FINDING_NOTE, "the default of access.subscribe; [channel "
				 "\"orders-*\"], line 1, matches and does not "
				 "set it.");
}

TEST(the_line_of_all_channels)
{
	char path[] = "/tmp/doctor-XXXXXX", words[128];
	const char *text = "[hold]\nbeat = 7\n[access]\n# subscribe = user\n"
			   " subscribe = any\n[channel \"a\"]\npublish = any";
	FILE *file = fdopen(mkstemp(path), "w");
	struct doctor *d = want_doctor(text);
	static struct conf conf;

	fputs(text, file);
	fclose(file);
	conf = *d->conf;
	conf.file = path;
	d->conf = &conf;
	access_explain(d, "b");
	snprintf(words, sizeof(words), "%s:5: access.subscribe.", path);
	want_found(FINDING_NOTE, words);
	unlink(path);
}

TEST(what_nobody_can_show_is_an_error)
{
	access_explain(want_doctor("[access]\nsubscribe = token\n"
				   "publish = none\n"),
		       "a");
	want_only(FINDING_ERROR, "secret_file = /etc/pushcgi/secret");
	access_explain(want_doctor(""), "a");
	want_nothing_wrong();
	want_found(FINDING_NOTE, "Nobody can publish by a token");
	access_explain(want_doctor("[access]\nsubscribe = redirect\n"
				   "publish = none\n"),
		       "a");
	want_only(FINDING_ERROR, "access.redirect_from names no script");
	access_explain(want_doctor(""), "a b");
	want_only(FINDING_ERROR, "There can be no such channel.");
}
