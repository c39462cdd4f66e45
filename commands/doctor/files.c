/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "commands/doctor/files.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/access/jwks.h"
#include "shared/access/secret.h"
#include "shared/base/file_text.h"

/* --- permissions ---------------------------------------------------------- */

/* `name`: of the setting. What does not exist is told elsewhere. */
static void
check_writers(struct doctor *d, const char *name, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || (st.st_mode & S_IWOTH) == 0)
		return;
	doctor_error(d, "%s: every user of this machine can change %s.", name,
		     path);
	doctor_remedy(d, "chmod o-w %s", path);
}

/* The same for a file with a secret. */
static void
check_readers(struct doctor *d, const char *name, const char *path)
{
	struct stat st;

	check_writers(d, name, path);
	if (stat(path, &st) != 0 || (st.st_mode & S_IROTH) == 0)
		return;
	doctor_error(d,
		     "%s: every user of this machine can read %s, and a "
		     "secret stands in it.",
		     name, path);
	doctor_remedy(d, "chmod o-r %s", path);
}

/* After an error: how this user may read the file, if it may not. A group that
 * may read it is joined, or else this user's own group gets the right. */
static void
remedy_unreadable(struct doctor *d, const char *path)
{
	const struct passwd *user = getpwuid(geteuid());
	const struct group *group;
	struct stat st;

	if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) == 0 ||
	    errno != EACCES || stat(path, &st) != 0 || user == NULL)
		return;
	group = getgrgid(st.st_gid);
	if (st.st_gid != 0 && group != NULL && (st.st_mode & S_IRGRP) != 0) {
		if (strcmp(group->gr_name, "www-data") == 0)
			doctor_note(d, "Who only publishes need not read it:");
		doctor_remedy(d, "adduser %s %s", user->pw_name,
			      group->gr_name);
		return;
	}
	group = getgrgid(getegid());
	if (group != NULL)
		doctor_remedy(d, "chgrp %s %s && chmod g+r %s", group->gr_name,
			      path, path);
}

static void
settings_file(struct doctor *d)
{
	const char *path = d->conf->file;

	if (path == NULL)
		return;
	remedy_unreadable(d, path); /* conf_load_all() has told the error */
	if (d->conf->exposed_file != NULL)
		check_readers(d, "settings", path);
	else
		check_writers(d, "settings", path);
}

/* --- secrets -------------------------------------------------------------- */

static void
remedy_secret(struct doctor *d, const char *path)
{
	if (path[0] == '\0')
		return;
	if (access(path, F_OK) != 0 && errno == ENOENT)
		doctor_remedy(d,
			      "push-token --new-secret | install -m 0640 -g "
			      "www-data /dev/stdin %s",
			      path);
	else
		remedy_unreadable(d, path);
}

/* `name`: of the setting whose value is the secret itself. */
static void
check_secret(struct doctor *d, const char *name, const char *value,
	     const char *path)
{
	char fault[SECRET_FAULT_SIZE], file[64];
	struct secret secret;

	snprintf(file, sizeof(file), "%s_file", name);
	if (value[0] != '\0' && path[0] != '\0') {
		doctor_warn(d, "%s is not used, because %s is set.", file,
			    name);
		path = "";
	}
	if (secret_open(&secret, value, path, fault)) {
		secret_close(&secret);
	} else {
		doctor_error(d, "%s: %s", path[0] != '\0' ? file : name, fault);
		remedy_secret(d, path);
	}
	if (path[0] != '\0')
		check_readers(d, file, path);
}

static void
signing_secret(struct doctor *d)
{
	check_secret(d, "access.secret", d->conf->access_secret,
		     d->conf->access_secret_file);
}

static void
publish_secret(struct doctor *d)
{
	check_secret(d, "access.publish_secret", d->conf->access_publish_secret,
		     d->conf->access_publish_secret_file);
}

static void
sentinel_password(struct doctor *d)
{
	check_readers(d, "bus.sentinel_password_file",
		      d->conf->bus_sentinel_password_file);
}

/* --- keys of JSON Web Tokens ---------------------------------------------- */

/* A private key is refused, and is a secret all the same. */
static bool
has_secret(struct text text, const struct jwks *keys)
{
	static const char private_key[] = "PRIVATE KEY-----";

	if (text.len > 0 && memmem(text.bytes, text.len, private_key,
				   sizeof(private_key) - 1) != NULL)
		return true;
	for (size_t i = 0; i < keys->count; i++)
		if (keys->at[i].type == JWK_HS256)
			return true;
	return false;
}

static void
unreadable(struct doctor *d, const char *name, const char *path,
	   const char *fault)
{
	doctor_error(d, "%s: %s cannot be read: %s.", name, path, fault);
	remedy_unreadable(d, path);
}

static void
check_keys(struct doctor *d, const char *name, const char *path,
	   const char *(*add)(struct jwks *out, struct text text))
{
	struct file_text file;
	struct jwks keys = {0};
	const char *fault;

	if (path[0] == '\0')
		return;
	file_text_init(&file, path);
	if (file_text_refresh(&file) != FILE_TEXT_NEW)
		unreadable(d, name, path, file.fault);
	else if ((fault = add(&keys, file.text)) != NULL)
		doctor_error(d, "%s: %s: %s", name, path, fault);
	else if (keys.left_out > 0)
		doctor_warn(d, "%s: %s: %zu of the keys cannot be used: %s.",
			    name, path, keys.left_out, keys.why_out);
	if (has_secret(file.text, &keys))
		check_readers(d, name, path);
	else
		check_writers(d, name, path);
	jwks_free(&keys);
	file_text_free(&file);
}

static void
jwt_key(struct doctor *d)
{
	struct text text = text_of(d->conf->access_jwt_key);
	struct jwks keys = {0};
	const char *fault = NULL;

	if (text.len > 0)
		fault = jwks_add_key(&keys, text);
	if (fault != NULL)
		doctor_error(d, "access.jwt_key: %s", fault);
	jwks_free(&keys);
}

static void
jwt_key_file(struct doctor *d)
{
	check_keys(d, "access.jwt_key_file", d->conf->access_jwt_key_file,
		   jwks_add_key);
}

static void
jwks_file(struct doctor *d)
{
	check_keys(d, "access.jwks_file", d->conf->access_jwks_file,
		   jwks_add_set);
}

/* --- TLS ------------------------------------------------------------------ */

/* False: it is not set, or cannot be read, which is told. */
static bool
check_readable(struct doctor *d, const char *name, const char *path)
{
	int fd;

	if (path[0] == '\0')
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		unreadable(d, name, path, strerror(errno));
	else
		close(fd);
	return fd >= 0;
}

static void
tls_files(struct doctor *d)
{
	const struct conf *c = d->conf;

	if (check_readable(d, "bus.tls_ca", c->bus_tls_ca))
		check_writers(d, "bus.tls_ca", c->bus_tls_ca);
	if (check_readable(d, "bus.tls_cert", c->bus_tls_cert) &&
	    c->bus_tls_key[0] == '\0')
		check_readers(d, "bus.tls_cert", c->bus_tls_cert);
	if (check_readable(d, "bus.tls_key", c->bus_tls_key))
		check_readers(d, "bus.tls_key", c->bus_tls_key);
}

/* --- folders -------------------------------------------------------------- */

/* Of the units: systemd makes it (StateDirectory), and only their user may see
 * what is in it. */
static bool
is_of_units(const char *path)
{
	static const char state[] = "/var/lib/pushcgi/";

	return strncmp(path, state, sizeof(state) - 1) == 0;
}

static bool
may_write_to(const char *path)
{
	return faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) == 0;
}

/* publish.fcgi creates the last component. */
static void
missing_spool(struct doctor *d, const char *path)
{
	char parent[CONF_PATH_MAX + 1];
	char *slash;

	strcpy(parent, path);
	slash = strrchr(parent, '/');
	slash[slash == parent] = '\0';
	if (geteuid() != 0 && may_write_to(parent))
		return;
	doctor_error(d,
		     geteuid() == 0
			 ? "publish.spool: %s does not exist."
			 : "publish.spool: %s does not exist, and this user "
			   "cannot create it.",
		     path);
	doctor_remedy(d, "install -d -o www-data -g www-data -m 0700 %s", path);
}

static void
spool(struct doctor *d)
{
	const char *path = d->conf->publish_spool;
	struct stat st;

	if (path[0] == '\0' || is_of_units(path))
		return;
	if (stat(path, &st) != 0 && errno == ENOENT)
		missing_spool(d, path);
	else if (stat(path, &st) != 0)
		doctor_error(d, "publish.spool: %s cannot be opened: %s.", path,
			     strerror(errno));
	else if (!S_ISDIR(st.st_mode))
		doctor_error(d, "publish.spool: %s is not a folder.", path);
	else if (!may_write_to(path) ||
		 (geteuid() != 0 && st.st_uid != geteuid()))
		doctor_error(d,
			     "publish.spool: %s does not belong to this user, "
			     "but to uid %lu: a publish.fcgi that runs as this "
			     "user cannot use it.",
			     path, (unsigned long)st.st_uid);
	else
		check_writers(d, "publish.spool", path);
}

static void
table(struct doctor *d)
{
	const char *path = d->conf->limit_table;
	int fd, error;

	if (path[0] == '\0')
		return;
	fd =
	    open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0) {
		close(fd);
		check_writers(d, "limit.table", path);
		return;
	}
	error = errno;
	doctor_warn(d,
		    "limit.table: %s cannot be opened: %s. Each program "
		    "counts its subscribers for itself, so the limits of the "
		    "host are those of each program.",
		    path, strerror(error));
	if (error == ENOENT)
		doctor_remedy(d, "systemd-tmpfiles --create pushcgi.conf");
}

/* --- programs ------------------------------------------------------------- */

/* It runs as the user of the programs, and must not be what they can write. */
static void
hook_command(struct doctor *d)
{
	const char *path = d->conf->hook_command;
	const struct passwd *web = getpwnam("www-data");
	struct stat st;

	if (path[0] == '\0')
		return;
	if (stat(path, &st) != 0) {
		doctor_error(d, "hook.command: %s cannot be run: %s.", path,
			     strerror(errno));
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		doctor_error(d, "hook.command: %s is not a program.", path);
		return;
	}
	if ((st.st_mode & S_IXOTH) == 0 &&
	    faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) != 0) {
		doctor_error(d, "hook.command: %s is not executable.", path);
		doctor_remedy(d, "chmod a+x %s", path);
	}
	check_writers(d, "hook.command", path);
	if (web != NULL && st.st_uid == web->pw_uid && st.st_uid != 0) {
		doctor_warn(d,
			    "hook.command: %s belongs to www-data, so whoever "
			    "takes a script of the site over can change it.",
			    path);
		doctor_remedy(d, "chown root %s", path);
	}
}

const struct doctor_check doctor_files[] = {
    {"permissions of the settings file", settings_file},
    {"access.secret", signing_secret},
    {"access.publish_secret", publish_secret},
    {"access.jwt_key", jwt_key},
    {"access.jwt_key_file", jwt_key_file},
    {"access.jwks_file", jwks_file},
    {"bus.sentinel_password_file", sentinel_password},
    {"bus.tls_ca, bus.tls_cert, bus.tls_key", tls_files},
    {"publish.spool", spool},
    {"limit.table", table},
    {"hook.command", hook_command},
    {NULL, NULL},
};
