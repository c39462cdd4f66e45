/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/spool/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/base/log.h"
#include "shared/base/vec.h"
#include "shared/model/cursor.h"
#include "shared/spool/file.h"

enum { BLOCK = 4096 };

static const char new_file[] = "new", flush_lock[] = "flush.lock";

/* Returns false. */
static bool
failed(struct spool_folder *f, const char *what)
{
	snprintf(f->error, sizeof(f->error), "The spool %.150s: %s: %s.",
		 f->path, what, strerror(errno));
	return false;
}

uint64_t
spool_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* --- open ----------------------------------------------------------------- */

bool
spool_folder_open(struct spool_folder *f, const char *path)
{
	*f = (struct spool_folder){.flush_lock = -1, .path = path};
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		f->fd = -1;
	else
		f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return f->fd >= 0 || failed(f, "cannot be opened");
}

void
spool_folder_close(struct spool_folder *f)
{
	spool_folder_release(f);
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

/* Locks a file of the folder. Returns its descriptor, which holds the lock, or
 * -1. */
static int
lock_file(struct spool_folder *f, const char *name, int how)
{
	int fd = openat(f->fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
			0600);
	int status;

	if (fd < 0)
		return -1;
	do
		status = flock(fd, how);
	while (status != 0 && errno == EINTR);
	if (status == 0)
		return fd;
	status = errno;
	close(fd);
	errno = status;
	return -1;
}

enum spool_claim
spool_folder_claim(struct spool_folder *f)
{
	if (f->flush_lock < 0)
		f->flush_lock = lock_file(f, flush_lock, LOCK_EX | LOCK_NB);
	if (f->flush_lock >= 0)
		return SPOOL_CLAIMED;
	if (errno == EWOULDBLOCK)
		return SPOOL_CLAIMED_ELSEWHERE;
	failed(f, flush_lock);
	return SPOOL_CLAIM_FAILED;
}

void
spool_folder_release(struct spool_folder *f)
{
	if (f->flush_lock >= 0)
		close(f->flush_lock);
	f->flush_lock = -1;
}

/* --- reading -------------------------------------------------------------- */

/* Calls fn(arg, entry) for each message until it returns false. */
static bool
each_entry(struct spool_folder *f,
	   bool (*fn)(void *arg, const struct spool_entry *e), void *arg)
{
	int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	struct spool_entry e;

	if (dir == NULL) {
		failed(f, "cannot be read");
		if (fd >= 0)
			close(fd);
		return false;
	}
	while ((entry = readdir(dir)) != NULL)
		if (spool_name_parse(&e, entry->d_name) && !fn(arg, &e))
			break;
	closedir(dir);
	return true;
}

static bool
add_entry(void *arg, const struct spool_entry *e)
{
	struct spool_entries *out = arg;

	out->at = vec_grow(out->at, out->count, &out->room, sizeof(*out->at));
	out->at[out->count++] = *e;
	return true;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct spool_entry *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

bool
spool_folder_list(struct spool_folder *f, struct spool_entries *out)
{
	int lock = lock_file(f, "lock", LOCK_SH);
	bool listed;

	out->count = 0;
	if (lock < 0)
		return failed(f, "cannot be locked");
	listed = each_entry(f, add_entry, out);
	close(lock);
	if (!listed)
		return false;
	if (out->count > 0)
		qsort(out->at, out->count, sizeof(*out->at), compare_entries);
	return true;
}

struct search {
	uint64_t tag;
	enum spool_waiting waiting;
};

static bool
match_entry(void *arg, const struct spool_entry *e)
{
	struct search *s = arg;

	s->waiting = e->tag == s->tag ? SPOOL_CHANNEL_WAITS : SPOOL_OTHERS_WAIT;
	return s->waiting != SPOOL_CHANNEL_WAITS;
}

enum spool_waiting
spool_folder_waiting(struct spool_folder *f, uint64_t tag)
{
	struct search s = {.tag = tag, .waiting = SPOOL_NONE_WAITS};
	int lock = lock_file(f, "lock", LOCK_SH);

	if (lock < 0)
		return SPOOL_CHANNEL_WAITS;
	if (!each_entry(f, match_entry, &s))
		s.waiting = SPOOL_CHANNEL_WAITS;
	close(lock);
	return s.waiting;
}

bool
spool_folder_read(struct spool_folder *f, const struct spool_entry *e,
		  struct buf *out)
{
	char name[SPOOL_NAME_SIZE];
	char *room = buf_extend(out, SPOOL_FILE_MAX);
	size_t len = 0;
	ssize_t n = 1;
	int fd;

	spool_name(name, e);
	fd = openat(f->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	while (fd >= 0 && n > 0 && len < SPOOL_FILE_MAX) {
		n = read(fd, room + len, SPOOL_FILE_MAX - len);
		len += n > 0 ? (size_t)n : 0;
	}
	out->len -= SPOOL_FILE_MAX - len;
	if (fd < 0 || n < 0)
		failed(f, name);
	if (fd >= 0)
		close(fd);
	return fd >= 0 && n >= 0;
}

/* --- writing -------------------------------------------------------------- */

struct use {
	struct spool_folder *folder;
	uint64_t last; /* number */
	uint64_t bytes;
};

static uint64_t
on_disk(uint64_t size)
{
	return (size + BLOCK - 1) / BLOCK * BLOCK;
}

static bool
add_use(void *arg, const struct spool_entry *e)
{
	struct use *use = arg;
	char name[SPOOL_NAME_SIZE];
	struct stat st;

	spool_name(name, e);
	if (fstatat(use->folder->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		use->bytes += on_disk((uint64_t)st.st_size);
	if (e->number > use->last)
		use->last = e->number;
	return true;
}

/* Writes the file `new` and syncs it. */
static bool
write_new(struct spool_folder *f, const struct buf *file)
{
	int fd =
	    openat(f->fd, new_file,
		   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t done = 0;
	ssize_t n = 0;
	bool good = fd >= 0;

	while (good && done < file->len) {
		n = write(fd, file->bytes + done, file->len - done);
		done += n > 0 ? (size_t)n : 0;
		good = n > 0 || (n < 0 && errno == EINTR);
	}
	good = good && fsync(fd) == 0;
	if (!good)
		failed(f, "cannot be written");
	if (fd >= 0)
		close(fd);
	return good;
}

/* `new` becomes the entry. */
static bool
publish_new(struct spool_folder *f, const struct spool_entry *e)
{
	char name[SPOOL_NAME_SIZE];

	spool_name(name, e);
	if (renameat(f->fd, new_file, f->fd, name) != 0)
		return failed(f, name);
	if (fsync(f->fd) == 0)
		return true;
	failed(f, "cannot be synced");
	/* if it is gone already, somebody has sent it */
	return unlinkat(f->fd, name, 0) != 0 && errno == ENOENT;
}

static bool
add_locked(struct spool_folder *f, const struct buf *file,
	   struct spool_entry *e, size_t max)
{
	struct use use = {.folder = f};
	uint64_t now = spool_now_ms() * 1000000;

	if (!each_entry(f, add_use, &use))
		return false;
	if (use.bytes + on_disk(file->len) > max) {
		snprintf(f->error, sizeof(f->error),
			 "The spool %.150s is full (publish.spool_max).",
			 f->path);
		return false;
	}
	e->number = use.last < now ? now : use.last + 1;
	if (write_new(f, file) && publish_new(f, e))
		return true;
	unlinkat(f->fd, new_file, 0);
	return false;
}

bool
spool_folder_add(struct spool_folder *f, const struct publication *publication,
		 uint64_t tried_ms, size_t max, uint64_t *number)
{
	struct spool_entry e = {.tag = cursor_tag(publication->channel),
				.tried_ms = tried_ms};
	int lock = lock_file(f, "lock", LOCK_EX);
	struct buf file;
	bool added;

	if (lock < 0)
		return failed(f, "cannot be locked");
	buf_init(&file, SPOOL_FILE_MAX);
	spool_file_put(&file, publication, spool_now_ms());
	added = buf_ok(&file) && add_locked(f, &file, &e, max);
	buf_free(&file);
	close(lock);
	*number = e.number;
	return added;
}

/* --- sending -------------------------------------------------------------- */

bool
spool_folder_mark(struct spool_folder *f, struct spool_entry *e,
		  uint64_t tried_ms)
{
	char from[SPOOL_NAME_SIZE], to[SPOOL_NAME_SIZE];
	struct spool_entry marked = *e;
	int lock = lock_file(f, "lock", LOCK_EX);
	bool renamed;

	if (lock < 0)
		return failed(f, "cannot be locked");
	marked.tried_ms = tried_ms;
	spool_name(from, e);
	spool_name(to, &marked);
	renamed = renameat(f->fd, from, f->fd, to) == 0;
	close(lock);
	if (!renamed)
		return failed(f, from);
	*e = marked;
	return true;
}

bool
spool_folder_remove(struct spool_folder *f, const struct spool_entry *e)
{
	char name[SPOOL_NAME_SIZE];

	spool_name(name, e);
	return unlinkat(f->fd, name, 0) == 0 || failed(f, name);
}

bool
spool_folder_set_aside(struct spool_folder *f, const struct spool_entry *e,
		       const char *reason)
{
	char name[SPOOL_NAME_SIZE], to[SPOOL_NAME_SIZE + 8];

	spool_name(name, e);
	snprintf(to, sizeof(to), "aside/%s", name);
	log_error("spool_aside", "folder=%s file=%s reason=\"%s\"", f->path,
		  name, reason);
	if (mkdirat(f->fd, "aside", 0700) != 0 && errno != EEXIST)
		return failed(f, "aside");
	return renameat(f->fd, name, f->fd, to) == 0 || failed(f, to);
}

void
spool_folder_sync(struct spool_folder *f)
{
	if (fsync(f->fd) != 0)
		log_error("spool_error", "folder=%s reason=\"%s\"", f->path,
			  strerror(errno));
}
