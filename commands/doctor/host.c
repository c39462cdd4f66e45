/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "shared/base/text.h"
#include "shared/conf/conf_channel.h"

enum {
	SOMAXCONN_LEAST = 1024,
	DESCRIPTORS_LEAST = 4096,
	/* MemoryMax of pushcgi@.service is 25 % of the machine */
	MEMORY_SHARE = 4,
	MIB = 1024 * 1024,
	HTTP = 80,
	HTTPS = 443,
	PROGRAMS_SHOWN = 20,
	PROGRAMS_SHOWN_SIZE = PROGRAMS_SHOWN * (PROGRAM_NAME_SIZE + 32)
};

static const char UNIT_FILE[] =
    "/etc/systemd/system/pushcgi@.service.d/limit.conf";

/* --- judging -------------------------------------------------------------- */

static void
somaxconn(struct doctor *d, const struct host_facts *f)
{
	if (f->somaxconn == 0 || f->somaxconn >= SOMAXCONN_LEAST)
		return;
	doctor_warn(d,
		    "net.core.somaxconn is %llu: when more clients come at "
		    "once, as after a restart, they try again only after 1, 3, "
		    "7 and 15 s, and so do visitors of pages.",
		    f->somaxconn);
	doctor_paste(d, "/etc/sysctl.d/pushcgi.conf",
		     "net.core.somaxconn = 4096");
}

static void
memory(struct doctor *d, const struct host_facts *f)
{
	unsigned int max = d->conf->hold_max_memory;

	if (f->memory == 0 || max <= f->memory / MEMORY_SHARE)
		return;
	doctor_warn(d,
		    "hold.max_memory is %u MB, for each program, and this "
		    "machine has %llu MB: systemd ends a program at a quarter "
		    "of them (MemoryMax) before it cuts its slowest clients.",
		    max / MIB, f->memory / MIB);
	doctor_paste(d, doctor_settings_file(d), "max_memory = %llu",
		     f->memory / MEMORY_SHARE / 2);
}

/* mod_fcgid has a process for each subscriber. */
static bool
holds_many(const struct program *p)
{
	return strcmp(p->parent, "apache2") != 0 &&
	       strcmp(p->parent, "httpd") != 0 &&
	       strcmp(p->name, "publish.fcgi") != 0 &&
	       strcmp(p->name, "status.fcgi") != 0;
}

/* A fault of programs: which of them, and how many. */
struct faulty {
	char names[PROGRAMS_SHOWN_SIZE]; /* "sse.fcgi (process 7), …" */
	size_t count;
	const struct program *first;
};

static struct faulty
find_faulty(const struct host_facts *f, bool (*is)(const struct program *))
{
	struct faulty out = {.names = ""};

	for (size_t i = 0; i < f->programs.count; i++) {
		const struct program *p = &f->programs.at[i];
		size_t len = strlen(out.names);

		if (!is(p))
			continue;
		if (out.count++ == 0)
			out.first = p;
		if (out.count <= PROGRAMS_SHOWN)
			snprintf(out.names + len, sizeof(out.names) - len,
				 "%s%s (process %d)", len > 0 ? ", " : "",
				 p->name, (int)p->pid);
		else if (out.count == PROGRAMS_SHOWN + 1)
			snprintf(out.names + len, sizeof(out.names) - len,
				 ", …");
	}
	return out;
}

static bool
has_few_descriptors(const struct program *p)
{
	return p->descriptors != 0 && p->descriptors < DESCRIPTORS_LEAST &&
	       holds_many(p);
}

/* Who starts a program says how many it may open. */
static bool
has_few_of_lighttpd(const struct program *p)
{
	return has_few_descriptors(p) && strcmp(p->parent, "lighttpd") == 0;
}

static bool
has_few_of_a_unit(const struct program *p)
{
	return has_few_descriptors(p) && strcmp(p->parent, "lighttpd") != 0;
}

static bool
warn_of_few(struct doctor *d, const struct faulty *few)
{
	if (few->count > 0)
		doctor_warn(d,
			    "A program may open only %lu files, and holds no "
			    "more subscribers than that: %s.",
			    few->first->descriptors, few->names);
	return few->count > 0;
}

static void
descriptors(struct doctor *d, const struct host_facts *f)
{
	const struct faulty of_lighttpd = find_faulty(f, has_few_of_lighttpd);
	const struct faulty of_units = find_faulty(f, has_few_of_a_unit);

	if (warn_of_few(d, &of_lighttpd))
		doctor_paste(d, "/etc/lighttpd/lighttpd.conf",
			     "server.max-fds := 65536");
	if (!warn_of_few(d, &of_units))
		return;
	doctor_paste(d, UNIT_FILE, "[Service]");
	doctor_paste(d, UNIT_FILE, "LimitNOFILE=65536");
}

static bool
is_root(const struct program *p)
{
	return p->uid == 0;
}

static void
users(struct doctor *d, const struct host_facts *f)
{
	const struct faulty of_root = find_faulty(f, is_root);

	if (of_root.count == 0)
		return;
	doctor_error(d,
		     "%zu programs run as root, so a fault in them is a fault "
		     "of the whole machine: %s. Start them as www-data, or by "
		     "systemd:",
		     of_root.count, of_root.names);
	doctor_remedy(d, "systemctl enable --now pushcgi@%.*s.socket",
		      (int)strcspn(of_root.first->name, "."),
		      of_root.first->name);
}

static bool
is_replaced(const struct program *p)
{
	return p->replaced;
}

static void
old_versions(struct doctor *d, const struct host_facts *f)
{
	const struct faulty old = find_faulty(f, is_replaced);

	if (old.count == 0)
		return;
	doctor_warn(d,
		    "%zu programs still run an older version, because their "
		    "file was replaced: %s. Subscribers reconnect and miss "
		    "nothing.",
		    old.count, old.names);
	doctor_remedy(d, "systemctl restart 'pushcgi@*.service'");
}

static bool
has_no_filter(const struct program *p)
{
	return p->seccomp == 0;
}

static bool
inherits_filters(const struct program *p)
{
	return p->inherits;
}

/* A filter of the program itself, or of its unit. */
static void
calls(struct doctor *d, const struct host_facts *f)
{
	const struct faulty without = find_faulty(f, has_no_filter);
	const struct faulty unclear = find_faulty(f, inherits_filters);

	if (f->programs.count == 0)
		return;
	if (without.count == 0 && unclear.count > 0)
		doctor_note(d,
			    "Whether the wall is in force is not known: %zu of "
			    "%zu running programs have no more filters of "
			    "system calls than push-doctor itself, such as "
			    "those of a container: %s. What is in force is in "
			    "the log: wall= of event=start.",
			    unclear.count, f->programs.count, unclear.names);
	else if (without.count == 0)
		doctor_ok(d,
			  "The wall is in force: all %zu running programs have "
			  "a filter of system calls.",
			  f->programs.count);
	else if (d->conf->process_wall == PROCESS_WALL_NO)
		doctor_note(d,
			    "process.wall is no: %zu of %zu running programs "
			    "have no filter of system calls, and who takes one "
			    "over has them all.",
			    without.count, f->programs.count);
	else
		doctor_warn(d,
			    "%zu of %zu running programs have no filter of "
			    "system calls, and who takes one over has them "
			    "all: %s. In section [process] wall = auto asks "
			    "for it; the program must be built with libseccomp "
			    "for amd64 or arm64, and have been started since.",
			    without.count, f->programs.count, without.names);
}

static void
files(struct doctor *d, const struct host_facts *f)
{
	if (f->programs.count > 0 && f->without_landlock &&
	    d->conf->process_wall != PROCESS_WALL_NO)
		doctor_note(d, "This kernel has no Landlock (Linux 5.19 or "
			       "newer, with landlock among its lsm=): what "
			       "files a program may reach is limited by its "
			       "user and its unit alone.");
}

/* Of a channel without a section of its own: a [channel "*"] that says it was
 * written on purpose. */
static bool
is_open_by_default(const struct conf *c)
{
	const struct text any = text_of("push-doctor");

	return (conf_channel(c, any).subscribe & WHO_ANY) != 0 &&
	       conf_channel_section(c, any) == NULL;
}

/* Everybody of the network, and not only of this machine. */
static void
open_to_all(struct doctor *d, const struct host_facts *f)
{
	const struct conf *c = d->conf;

	if (!f->web_is_public || !is_open_by_default(c))
		return;
	doctor_warn(d, "Other machines can reach the web server here, and "
		       "whoever knows the name of a channel may subscribe to "
		       "it. If that is meant, say so: [channel \"*\"] with "
		       "subscribe = any, at the end. If not, in section "
		       "[access]:");
	doctor_paste(d, doctor_settings_file(d), "subscribe = token");
}

static void
loopback(struct doctor *d, const struct host_facts *f)
{
	if (!(conf_publish_ways(d->conf) & WHO_LOOPBACK) || f->proxy[0] == '\0')
		return;
	doctor_warn(d,
		    "Programs of this machine may publish (publish = "
		    "loopback), and %s runs here: if it is a proxy in front of "
		    "the site and adds no X-Forwarded-For, Forwarded, Via or "
		    "X-Real-IP, everybody is a program of this machine. In "
		    "section [access] rather:",
		    f->proxy);
	doctor_paste(d, doctor_settings_file(d), "publish = token");
}

void
host_judge(struct doctor *d, const struct host_facts *f)
{
	somaxconn(d, f);
	memory(d, f);
	descriptors(d, f);
	users(d, f);
	old_versions(d, f);
	calls(d, f);
	files(d, f);
	open_to_all(d, f);
	loopback(d, f);
}

/* --- reading -------------------------------------------------------------- */

/* True: a line of this file is a socket that listens on such a port, and not on
 * loopback. Each line: sl local_address rem_address st …; 0A is listening. */
static bool
is_public(const char *path, const char *loopback_address)
{
	FILE *file = fopen(path, "re");
	char line[256], address[64], state[8];
	unsigned int port;
	bool found = false;

	while (file != NULL && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, " %*[^:]: %63[0-9A-F]:%x %*s %7s", address,
			       &port, state) == 3 &&
			strcmp(state, "0A") == 0 &&
			(port == HTTP || port == HTTPS) &&
			strstr(address, loopback_address) == NULL;
	if (file != NULL)
		fclose(file);
	return found;
}

static unsigned long long
number_of(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long long number = 0;

	if (file != NULL) {
		if (fscanf(file, "%llu", &number) != 1)
			number = 0;
		fclose(file);
	}
	return number;
}

/* The list of security modules that the kernel runs. False also if that is not
 * known, as in a container. */
static bool
lacks_landlock(void)
{
	FILE *file = fopen("/sys/kernel/security/lsm", "re");
	char list[256] = "";

	if (file == NULL)
		return false;
	if (fgets(list, sizeof(list), file) == NULL)
		list[0] = '\0';
	fclose(file);
	return list[0] != '\0' && strstr(list, "landlock") == NULL;
}

static void
read_proxy(struct host_facts *f)
{
	static const char *const names[] = {
	    "nginx", "haproxy", "varnishd",    "squid", "envoy",
	    "caddy", "traefik", "cloudflared", "pound", NULL,
	};
	struct programs found = {0};

	programs_find(&found, names);
	if (found.count > 0)
		strcpy(f->proxy, found.at[0].name);
	programs_free(&found);
}

/* Those with the fewest descriptors first: the first ones are named. */
static int
compare(const void *a, const void *b)
{
	const struct program *one = a, *two = b;

	return (one->descriptors > two->descriptors) -
	       (one->descriptors < two->descriptors);
}

static void
look(struct doctor *d)
{
	static const char *const names[] = {
	    "sse.fcgi",	      "stream.fcgi", "iframe.fcgi", "longpoll.fcgi",
	    "jsonp.fcgi",     "poll.fcgi",   "http.fcgi",   "publish.fcgi",
	    "websocket.fcgi", "status.fcgi", NULL,
	};
	struct host_facts f = {0};
	struct sysinfo info;

	f.somaxconn = number_of("/proc/sys/net/core/somaxconn");
	if (sysinfo(&info) == 0)
		f.memory = (unsigned long long)info.totalram * info.mem_unit;
	programs_find(&f.programs, names);
	programs_leave_out_elsewhere(&f.programs);
	if (f.programs.count > 0)
		qsort(f.programs.at, f.programs.count, sizeof(*f.programs.at),
		      compare);
	f.without_landlock = lacks_landlock();
	read_proxy(&f);
	f.web_is_public = is_public("/proc/net/tcp", "00007F") ||
			  is_public("/proc/net/tcp6", "01000000");
	host_judge(d, &f);
	programs_free(&f.programs);
}

const struct doctor_check doctor_host[] = {
    {"this machine", look},
    {NULL, NULL},
};
