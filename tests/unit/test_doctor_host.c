/* SPDX-License-Identifier: MIT */
/* commands/doctor/: this machine, its sockets, programs and web servers */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "commands/doctor/apache.h"
#include "commands/doctor/command.h"
#include "commands/doctor/host.h"
#include "commands/doctor/lighttpd.h"
#include "commands/doctor/programs.h"
#include "commands/doctor/sockets.h"
#include "commands/doctor/trusted.h"
#include "commands/doctor/versions.h"
#include "tests/unit/doctor_want.h"
#include "tests/unit/suite.h"

/* --- sockets -------------------------------------------------------------- */

enum { WEB = 33, OTHER = 1000 };

static void
judge_socket(mode_t mode, uid_t uid, gid_t gid, bool listening)
{
	const struct socket_fact fact = {.path = "/run/pushcgi/sse.sock",
					 .mode = mode,
					 .uid = uid,
					 .gid = gid,
					 .listening = listening};

	socket_judge(want_doctor(""), &fact, WEB, WEB);
}

TEST(a_socket_is_for_the_web_server_alone)
{
	judge_socket(0600, WEB, WEB, true);
	want_nothing_wrong();
	judge_socket(0660, OTHER, WEB, true);
	want_nothing_wrong();
	judge_socket(0666, WEB, WEB, true);
	want_only(FINDING_ERROR, "chmod o-rwx /run/pushcgi/sse.sock");
	judge_socket(0660, OTHER, OTHER, true);
	want_only(FINDING_ERROR, "www-data, may not connect to");
	judge_socket(0600, WEB, WEB, false);
	want_only(FINDING_ERROR, "systemctl enable --now pushcgi@sse.socket");
}

TEST(the_folder_of_the_sockets_is_of_root)
{
	socket_folder_judge(want_doctor(""), "/run/pushcgi", 0755, 0);
	want_nothing_wrong();
	socket_folder_judge(want_doctor(""), "/run/pushcgi", 0755, WEB);
	want_only(FINDING_ERROR, "chown root:root /run/pushcgi");
	socket_folder_judge(want_doctor(""), "/run/pushcgi", 0777, 0);
	want_only(FINDING_ERROR, "chmod 0755 /run/pushcgi");
}

TEST(a_socket_on_which_nobody_listens)
{
	char folder[] = "/tmp/doctor-XXXXXX", want[128];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct doctor *d;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/sse.sock",
		 folder);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
			 0);
	chmod(address.sun_path, 0600);
	d = want_doctor("");
	sockets_of(d, folder, geteuid(), getegid());
	snprintf(want, sizeof(want), "Nobody listens on %s:", address.sun_path);
	want_found(FINDING_ERROR, want);
	ck_assert_int_eq(listen(fd, 1), 0);
	d = want_doctor("");
	sockets_of(d, folder, geteuid(), getegid());
	want_not_found("Nobody listens");
	unlink(address.sun_path);
	rmdir(folder);
	close(fd);
}

/* --- this machine --------------------------------------------------------- */

static struct program one;

static void
judge(const char *settings, const char *parent, const char *proxy,
      bool is_public)
{
	struct host_facts f = {.somaxconn = 4096,
			       .memory = 8ULL << 30,
			       .programs = {&one, 1, 1},
			       .web_is_public = is_public};

	strcpy(one.name, "sse.fcgi");
	strcpy(one.parent, parent);
	strcpy(f.proxy, proxy);
	host_judge(want_doctor(settings), &f);
}

static void
reset(void)
{
	one = (struct program){
	    .pid = 7, .uid = WEB, .descriptors = 65536, .seccomp = 2};
}

TEST(nothing_is_wrong_with_a_good_machine)
{
	reset();
	judge("", "systemd", "", false);
	want_nothing_wrong();
	want_found(FINDING_OK, "all 1 running programs have a filter");
}

TEST(filters_of_a_container_are_not_the_wall)
{
	reset();
	one.inherits = true;
	judge("", "systemd", "", false);
	want_nothing_wrong();
	want_found(FINDING_NOTE, "Whether the wall is in force is not known");
	want_not_found("The wall is in force:");
}

TEST(limits_of_a_machine)
{
	struct host_facts f = {.somaxconn = 128, .memory = 512ULL << 20};

	host_judge(want_doctor(""), &f);
	want_found(FINDING_WARNING, "net.core.somaxconn = 4096");
	want_found(FINDING_WARNING, "max_memory = 67108864");
}

TEST(a_program_with_few_descriptors)
{
	reset();
	one.descriptors = 1024;
	judge("", "systemd", "", false);
	want_only(FINDING_WARNING, "LimitNOFILE=65536");
	judge("", "lighttpd", "", false);
	want_only(FINDING_WARNING, "server.max-fds := 65536");
	judge("", "apache2", "", false);
	want_nothing_wrong();
}

TEST(programs_of_lighttpd_and_of_units_with_few_descriptors)
{
	struct program both[] = {
	    {.pid = 7, .name = "sse.fcgi", .parent = "lighttpd"},
	    {.pid = 8, .name = "stream.fcgi", .parent = "systemd"}};
	struct host_facts f = {.somaxconn = 4096, .programs = {both, 2, 2}};

	for (size_t i = 0; i < 2; i++) {
		both[i].uid = WEB;
		both[i].descriptors = 1024;
		both[i].seccomp = 2;
	}
	host_judge(want_doctor(""), &f);
	want_found(FINDING_WARNING, "than that: sse.fcgi (process 7).");
	want_found(FINDING_WARNING, "server.max-fds := 65536");
	want_found(FINDING_WARNING, "than that: stream.fcgi (process 8).");
	want_found(FINDING_WARNING, "LimitNOFILE=65536");
}

TEST(a_program_that_holds_nobody_needs_few_descriptors)
{
	struct program idle = {.pid = 7,
			       .name = "status.fcgi",
			       .parent = "systemd",
			       .uid = WEB,
			       .descriptors = 1024,
			       .seccomp = 2};
	const struct host_facts f = {.programs = {&idle, 1, 1}};

	host_judge(want_doctor(""), &f);
	want_nothing_wrong();
	strcpy(idle.name, "publish.fcgi");
	host_judge(want_doctor(""), &f);
	want_nothing_wrong();
}

TEST(a_program_that_is_root_or_old_or_without_a_filter)
{
	reset();
	one.uid = 0;
	judge("", "systemd", "", false);
	want_only(FINDING_ERROR, "systemctl enable --now pushcgi@sse.socket");
	reset();
	one.replaced = true;
	judge("", "systemd", "", false);
	want_only(FINDING_WARNING, "systemctl restart 'pushcgi@*.service'");
	reset();
	one.seccomp = 0;
	judge("", "systemd", "", false);
	want_only(FINDING_WARNING, "1 of 1 running programs have no filter of "
				   "system calls, and who takes one over has "
				   "them all: sse.fcgi (process 7).");
	judge("[process]\nwall = no\n", "systemd", "", false);
	want_nothing_wrong();
	want_found(FINDING_NOTE, "process.wall is no");
}

TEST(channels_that_are_open_to_other_machines)
{
	reset();
	judge("", "systemd", "", true);
	want_only(FINDING_WARNING, "subscribe = token");
	judge("[channel \"*\"]\nsubscribe = any\n", "systemd", "", true);
	want_nothing_wrong();
	judge("[access]\nsubscribe = user\n", "systemd", "", true);
	want_nothing_wrong();
}

TEST(publishing_by_loopback_behind_a_proxy)
{
	reset();
	judge("[access]\npublish = loopback\n", "systemd", "nginx", false);
	want_only(FINDING_WARNING, "nginx runs here");
	judge("[access]\npublish = loopback\n", "systemd", "", false);
	want_nothing_wrong();
	judge("", "systemd", "nginx", false);
	want_nothing_wrong();
}

TEST(a_process_is_found_by_its_name)
{
	char own[16]; /* another one under valgrind */
	const char *names[] = {own, NULL};
	struct programs found = {0};
	char word[PROGRAM_PATH_SIZE];
	bool is_there = false;

	ck_assert_int_eq(prctl(PR_GET_NAME, own), 0);
	programs_find(&found, names);
	for (size_t i = 0; i < found.count; i++) {
		if (found.at[i].pid != getpid())
			continue;
		is_there = true;
		ck_assert_uint_eq(found.at[i].uid, geteuid());
		ck_assert_uint_gt(found.at[i].descriptors, 0);
		ck_assert(!found.at[i].replaced);
		ck_assert(!found.at[i].elsewhere);
	}
	programs_free(&found);
	ck_assert(is_there);
	ck_assert(program_argument(getpid(), 0, word));
	ck_assert(!program_argument(getpid(), 99, word));
}

TEST(programs_of_containers_are_left_out)
{
	struct program all[] = {{.pid = 1, .elsewhere = true},
				{.pid = 2},
				{.pid = 3, .elsewhere = true}};
	struct programs found = {all, 3, 3};

	programs_leave_out_elsewhere(&found);
	ck_assert_uint_eq(found.count, 1);
	ck_assert_int_eq(found.at[0].pid, 2);
}

/* --- web servers ---------------------------------------------------------- */

#define LIGHTTPD  "server.max-fds = 65536\n\"/push/sse\"\nfastcgi.server = (\n"
#define GOES_ON	  "\"server.graceful-restart-bg\" => \"enable\",\n"
#define ENDS_SOON "\"server.graceful-shutdown-timeout\" => 1,\n"
#define ENDS_LATE "\"server.graceful-shutdown-timeout\" => 5,\n"
#define STARTS	  "\"bin-path\" => \"/usr/bin/php-cgi\",\n"

TEST(a_reload_of_lighttpd)
{
	static const struct {
		const char *text, *settings, *words;
	} all[] = {
	    {LIGHTTPD GOES_ON, "", NULL},
	    {LIGHTTPD STARTS ENDS_SOON, "", NULL},
	    {LIGHTTPD GOES_ON STARTS ENDS_SOON, "", NULL},
	    {"server.port = 80\n", "", NULL}, /* without pushcgi */
	    {LIGHTTPD ENDS_LATE GOES_ON, "", NULL},
	    {LIGHTTPD STARTS ENDS_LATE ENDS_SOON, "", NULL},
	    {LIGHTTPD ENDS_LATE, "", "takes pages away for 5 s"},
	    {LIGHTTPD STARTS ENDS_LATE GOES_ON, "", "away for 5 s"},
	    {LIGHTTPD, "", "\"server.graceful-restart-bg\" => \"enable\""},
	    {LIGHTTPD STARTS, "", "\"server.graceful-shutdown-timeout\" => 1"},
	    {LIGHTTPD GOES_ON STARTS, "", "so server.graceful-restart-bg has"},
	    {"\"/push/sse\"\nfastcgi.server = (\n" GOES_ON, "",
	     "server.max-fds := 65536"},
	    {LIGHTTPD GOES_ON, "[hold]\nbudget_lighttpd = 60000\n",
	     "budget_lighttpd = 22937"},
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		lighttpd_judge(want_doctor(all[i].settings), "/f", all[i].text);
		if (all[i].words != NULL)
			want_only(FINDING_WARNING, all[i].words);
		else
			want_nothing_wrong();
	}
}

static void
assert_not_trusted(const char *path, const char *words)
{
	const char *fault = trusted_fault(path);

	ck_assert_ptr_nonnull(fault);
	ck_assert_ptr_nonnull(strstr(fault, words));
}

TEST(a_file_that_others_can_write_is_not_trusted)
{
	char folder[] = "/tmp/doctor-XXXXXX", path[64], link[64];
	FILE *file;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.conf", folder);
	snprintf(link, sizeof(link), "%s/b.conf", folder);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fclose(file);
	ck_assert_int_eq(symlink(path, link), 0);
	chmod(path, 0644);
	ck_assert_ptr_null(trusted_fault(path));
	assert_not_trusted(link, "symbolic link");
	chmod(path, 0664);
	assert_not_trusted(path, "others can write");
	chmod(path, 0646);
	assert_not_trusted(path, "others can write");
	chmod(path, 0644);
	chmod(folder, 0777);
	assert_not_trusted(path, "others can write");
	if (chown(path, OTHER, OTHER) == 0) {
		chmod(folder, 0755);
		assert_not_trusted(path, "another user");
	}
	unlink(link);
	unlink(path);
	rmdir(folder);
}

TEST(a_file_with_a_strange_name_is_not_trusted)
{
	char path[] = "/a\033[2J\303\244$(b).conf";

	assert_not_trusted(path, "characters");
	assert_not_trusted("a.conf", "characters");
	assert_not_trusted("/tmp", ".conf");
	assert_not_trusted("/nonexistent/a.conf", "cannot be looked at");
	trusted_show(path);
	ck_assert_str_eq(path, "/a?[2J??$(b).conf");
}

TEST(files_of_apache)
{
	apache_judge(want_doctor(""), &(const struct apache_facts){0});
	want_nothing_wrong();
	apache_judge(want_doctor(""),
		     &(const struct apache_facts){.proxy = true});
	want_nothing_wrong();
	want_found(FINDING_NOTE, "pushcgi@.service.d/apache2.conf");
	apache_judge(want_doctor(""), &(const struct apache_facts){
					  .proxy = true, .drop_in = true});
	want_not_found("A restart of Apache");
	apache_judge(want_doctor(""),
		     &(const struct apache_facts){
			 .proxy = true, .fcgid = true, .drop_in = true});
	want_only(FINDING_ERROR, "a2disconf pushcgi-fcgid");
	apache_judge(want_doctor(""),
		     &(const struct apache_facts){.module = "headers",
						  .module_of = "pushcgi-w"});
	want_only(FINDING_ERROR, "a2enmod headers && systemctl");
	apache_judge(want_doctor(""), &(const struct apache_facts){
					  .handoff = true, .info = true});
	want_only(FINDING_WARNING, "a2dismod info && systemctl");
}

TEST(versions_that_are_tested)
{
	version_judge(want_doctor(""), "lighttpd", "1.4.69");
	want_found(FINDING_OK, "lighttpd 1.4.69 is tested");
	version_judge(want_doctor(""), "Apache", "2.4.71");
	want_found(FINDING_OK, "Apache 2.4.71 is tested");
	version_judge(want_doctor(""), "lighttpd", "1.4.53");
	want_only(FINDING_WARNING, "is older than what");
	version_judge(want_doctor(""), "Redis", "9.1.0");
	want_nothing_wrong();
	want_found(FINDING_NOTE, "Redis 9.1.0 is newer");
	version_judge(want_doctor(""), "Redis", "");
	want_not_found("Redis");
}

TEST(what_a_command_prints)
{
	char *said =
	    command_output((const char *[]){"/bin/echo", "a b", NULL}, 100);

	ck_assert_str_eq(said, "a b\n");
	free(said);
	ck_assert_ptr_null(
	    command_output((const char *[]){"/nonexistent", NULL}, 100));
	ck_assert_ptr_null(
	    command_output((const char *[]){"/bin/true", NULL}, 100));
	ck_assert_ptr_null(
	    command_output((const char *[]){"/usr/bin/yes", NULL}, 100));
}
