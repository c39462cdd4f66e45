/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/file_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "shared/base/xalloc.h"

enum {
	STAT_MS = 1000, /* between two stat(2) */
	/* The times of a file advance in steps, coarser on some file systems: a
	 * change this soon after another may leave them as they are. */
	SETTLE_SECONDS = 3
};

void
file_text_init(struct file_text *f, const char *path)
{
	*f = (struct file_text){.path = path};
}

static void
free_text(struct text text)
{
	if (text.len > 0)
		explicit_bzero((char *)(uintptr_t)text.bytes, text.len);
	free((char *)(uintptr_t)text.bytes);
}

void
file_text_free(struct file_text *f)
{
	free_text(f->text);
	f->text = (struct text){0};
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       same_time(&a->st_mtim, &b->st_mtim) &&
	       same_time(&a->st_ctim, &b->st_ctim);
}

/* One byte more than the limit shows a file that is too big. */
static const char *
read_all(int fd, char *bytes, size_t *len)
{
	ssize_t n;

	*len = 0;
	while ((n = read(fd, bytes + *len, FILE_TEXT_MAX + 1 - *len)) > 0)
		*len += (size_t)n;
	if (n < 0)
		return strerror(errno);
	return *len > FILE_TEXT_MAX ? "larger than 64 KB" : NULL;
}

/* `st` is of what was read. */
static const char *
read_file(const char *path, struct text *text, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *bytes = NULL;
	const char *fault = NULL;
	size_t len = 0;

	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, st) != 0)
		fault = strerror(errno);
	else if (!S_ISREG(st->st_mode))
		fault = "not a regular file";
	if (fault == NULL) {
		bytes = xmalloc(FILE_TEXT_MAX + 1);
		fault = read_all(fd, bytes, &len);
	}
	close(fd);
	if (fault != NULL) {
		free_text((struct text){bytes, len});
		return fault;
	}
	text->bytes = xreallocarray(bytes, 1, len + 1);
	text->len = len;
	return NULL;
}

static enum file_text_status
unreadable(struct file_text *f, const char *fault)
{
	bool told = f->fault != NULL && strcmp(f->fault, fault) == 0;

	f->fault = fault;
	f->settled = false;
	return told ? FILE_TEXT_SAME : FILE_TEXT_UNREADABLE;
}

enum file_text_status
file_text_refresh(struct file_text *f)
{
	struct text text = {0};
	struct stat st = {0};
	const char *fault, *last_fault = f->fault;

	if (clock_ms() < f->next_ms)
		return FILE_TEXT_SAME;
	f->next_ms = clock_ms() + STAT_MS;
	if (f->settled && stat(f->path, &st) == 0 && same_file(&st, &f->seen))
		return FILE_TEXT_SAME;
	fault = read_file(f->path, &text, &st);
	if (fault != NULL)
		return unreadable(f, fault);
	f->fault = NULL;
	f->settled =
	    (uint64_t)st.st_mtim.tv_sec + SETTLE_SECONDS < clock_unix() &&
	    (uint64_t)st.st_ctim.tv_sec + SETTLE_SECONDS < clock_unix();
	f->seen = st;
	if (last_fault == NULL && f->text.bytes != NULL &&
	    text_equals(text, f->text)) {
		free_text(text);
		return FILE_TEXT_SAME;
	}
	free_text(f->text);
	f->text = text;
	return FILE_TEXT_NEW;
}
