/* SPDX-License-Identifier: MIT */
/* commands/doctor/handoff.c, handoff_secret.c: Apache that hands clients off */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands/doctor/handoff.h"
#include "commands/doctor/handoff_secret.h"
#include "tests/unit/doctor_want.h"
#include "tests/unit/suite.h"

enum { PROGRAMS = 990 };

static char path[64];

static void
write_file(const char *text)
{
	FILE *out;

	snprintf(path, sizeof(path), "/tmp/pushcgi-handoff-%d", (int)getpid());
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(text, out), 0);
	ck_assert_int_eq(fclose(out), 0);
}

/* --- ports ---------------------------------------------------------------- */

/* Of sse, where /proc/net/tcp has this line. */
static void
judge_port(const char *line)
{
	struct handoff_port port = {.technique = "sse", .port = 18501};
	FILE *table = tmpfile();

	ck_assert_ptr_nonnull(table);
	fprintf(table, "  sl  local_address rem_address   st\n%s", line);
	rewind(table);
	handoff_port_read(&port, table);
	fclose(table);
	handoff_port_judge(want_doctor(""), &port);
}

TEST(apache_asks_on_a_port_of_this_machine_alone)
{
	judge_port("   0: 0100007F:4845 00000000:0000 0A 0:0\n");
	want_nothing_wrong();
	judge_port("   0: 00000000000000000000000001000000:4845 "
		   "00000000000000000000000000000000:0000 0A 0:0\n");
	want_nothing_wrong();
	judge_port("   0: 0000000000000000FFFF00000100007F:4845 "
		   "00000000000000000000000000000000:0000 0A 0:0\n");
	want_nothing_wrong();
	judge_port("   0: 00000000:4845 00000000:0000 0A 0:0\n");
	want_only(FINDING_ERROR, "ListenStream=127.0.0.1:18501");
	want_file("[Socket]",
		  "/etc/systemd/system/pushcgi-handoff@sse.socket.d/"
		  "address.conf");
	judge_port("   0: 00000000000000000000000000000000:4845 "
		   "00000000000000000000000000000000:0000 0A 0:0\n");
	want_only(FINDING_ERROR, "Other machines can connect to port 18501");
}

TEST(apache_asks_where_nobody_listens)
{
	judge_port("");
	want_only(FINDING_ERROR,
		  "systemctl enable --now pushcgi-handoff@sse.socket");
	/* another port, a connection */
	judge_port("   0: 0100007F:4846 00000000:0000 0A 0:0\n"
		   "   1: 0100007F:4845 0100007F:A000 01 0:0\n");
	want_only(FINDING_ERROR, "Nobody listens on port 18501");
}

/* --- the secret ----------------------------------------------------------- */

static void
judge_file(mode_t mode, uid_t uid)
{
	handoff_secret_file_judge(want_doctor(""), "/etc/s.conf", mode, uid,
				  PROGRAMS);
}

TEST(the_secret_is_for_root_and_the_programs_alone)
{
	judge_file(0400, PROGRAMS);
	want_nothing_wrong();
	judge_file(0600, PROGRAMS);
	want_nothing_wrong();
	judge_file(0440, PROGRAMS);
	want_only(FINDING_ERROR, "others than root and the programs can read");
	judge_file(0404, PROGRAMS);
	want_only(FINDING_ERROR, "chown pushcgi /etc/s.conf && chmod 0400");
	judge_file(0600, 0);
	want_only(FINDING_ERROR, "cannot read /etc/s.conf");
}

TEST(both_sides_have_one_secret)
{
	static const char ours[] = "[handoff]\nsecret = 0123456789abcdef\n";

	write_file("Define pushcgi_handoff_secret \"0123456789abcdef\"\n");
	handoff_secret_compare(want_doctor(ours), path);
	want_nothing_wrong();
	handoff_secret_compare(want_doctor(""), path);
	want_nothing_wrong(); /* that there is none is told elsewhere */
	write_file("Define pushcgi_handoff_secret \"fedcba9876543210\"\n");
	handoff_secret_compare(want_doctor(ours), path);
	want_only(FINDING_ERROR, "the programs want another one");
	want_file("secret_file = /tmp/pushcgi-handoff-", "f");
	unlink(path);
	handoff_secret_compare(want_doctor(ours), path);
	want_nothing_wrong();
}

/* --- the file for Apache -------------------------------------------------- */

TEST(what_the_file_for_apache_defines)
{
	char value[32];

	write_file("<IfDefine !a>\n\tDefine a \"1\"\n</IfDefine>\n"
		   "#\tDefine b \"2\"\nDefine ab \"3\"\n");
	ck_assert(handoff_define(path, "a", value, sizeof(value)));
	ck_assert_str_eq(value, "1");
	ck_assert(!handoff_define(path, "b", value, sizeof(value)));
	unlink(path);
	ck_assert(!handoff_define(path, "a", value, sizeof(value)));
}
