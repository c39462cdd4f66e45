/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/handoff.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/doctor/apache.h"

const char handoff_apache_file[] =
    "/etc/apache2/conf-available/pushcgi-handoff.conf";

/* One virtual host may include it: then the sockets show it. */
bool
handoff_is_enabled(void)
{
	return apache_is_enabled("pushcgi-handoff") ||
	       access("/run/pushcgi-handoff", F_OK) == 0;
}

bool
handoff_define(const char *file, const char *name, char *out, size_t size)
{
	char line[1024], word[128], value[1024];
	FILE *in = fopen(file, "re");
	bool found = false;

	while (in != NULL && fgets(line, sizeof(line), in) != NULL)
		if (sscanf(line, " Define %127s \"%1023[^\"]", word, value) ==
			2 &&
		    strcmp(word, name) == 0) {
			snprintf(out, size, "%s", value);
			found = true;
		}
	if (in != NULL)
		fclose(in);
	return found;
}

/* --- ports ---------------------------------------------------------------- */

void
handoff_port_judge(struct doctor *d, const struct handoff_port *f)
{
	char file[128];

	if (!f->listening) {
		doctor_error(d,
			     "Nobody listens on port %u, where Apache asks "
			     "%s.fcgi before it hands a client off: clients "
			     "of /push/%s get 500.",
			     f->port, f->technique, f->technique);
		doctor_remedy(
		    d, "systemctl enable --now pushcgi-handoff@%s.socket",
		    f->technique);
	} else if (f->exposed) {
		doctor_error(d,
			     "Other machines can connect to port %u, where "
			     "Apache asks %s.fcgi before it hands a client "
			     "off. It is for this machine alone.",
			     f->port, f->technique);
		snprintf(file, sizeof(file),
			 "/etc/systemd/system/pushcgi-handoff@%s.socket.d/"
			 "address.conf",
			 f->technique);
		doctor_paste(d, file, "[Socket]");
		doctor_paste(d, file, "ListenStream=");
		doctor_paste(d, file,
			     "ListenStream=/run/pushcgi-handoff/%s.sock",
			     f->technique);
		doctor_paste(d, file, "ListenStream=127.0.0.1:%u", f->port);
	}
}

/* `hex`: as /proc/net/tcp has an address, in words of four bytes, each as this
 * machine reads it. */
static bool
is_loopback(const char *hex)
{
	uint32_t words[4] = {0};
	size_t count = strlen(hex) / 8;

	for (size_t i = 0; i < count; i++)
		if (sscanf(hex + 8 * i, "%8" SCNx32, &words[i]) != 1)
			return false;
	if (count == 1)
		return ntohl(words[0]) >> 24 == IN_LOOPBACKNET;
	if (words[0] != 0 || words[1] != 0)
		return false;
	if (words[2] == 0)
		return ntohl(words[3]) == 1; /* ::1 */
	return ntohl(words[2]) == 0xFFFF &&
	       ntohl(words[3]) >> 24 == IN_LOOPBACKNET;
}

void
handoff_port_read(struct handoff_port *f, FILE *table)
{
	enum { LISTEN = 0x0A };
	char line[512], address[33];
	unsigned int port, state;

	while (fgets(line, sizeof(line), table) != NULL) {
		if (sscanf(line, " %*u: %32[0-9A-F]:%x %*s %x", address, &port,
			   &state) != 3 ||
		    state != LISTEN || port != f->port)
			continue;
		f->listening = true;
		f->exposed = f->exposed || !is_loopback(address);
	}
}

static void
read_ports(struct handoff_port *f)
{
	static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		FILE *table = fopen(tables[i], "re");

		if (table == NULL)
			continue;
		handoff_port_read(f, table);
		fclose(table);
	}
}

/* As the file for Apache has it. */
static void
find_port(struct handoff_port *f)
{
	char name[64], value[16];

	snprintf(name, sizeof(name), "pushcgi_handoff_%s", f->technique);
	if (handoff_define(handoff_apache_file, name, value, sizeof(value)))
		f->port = (unsigned int)strtoul(value, NULL, 10);
}

static void
ports(struct doctor *d)
{
	/* of the files in deploy/ */
	struct handoff_port all[] = {
	    {.technique = "sse", .port = 18501},
	    {.technique = "stream", .port = 18502},
	    {.technique = "iframe", .port = 18503},
	    {.technique = "longpoll", .port = 18504},
	    {.technique = "jsonp", .port = 18505},
	};

	if (!handoff_is_enabled())
		return;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		find_port(&all[i]);
		read_ports(&all[i]);
		handoff_port_judge(d, &all[i]);
	}
}

const struct doctor_check doctor_handoff[] = {
    {"authorizer ports, where Apache asks before it hands off", ports},
    {NULL, NULL},
};
