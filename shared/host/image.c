/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/host/image.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096 };

#define HALF_ENTRIES (UINT64_C(1) << HOST_SHIFT_MAX)
#define MAGIC	     UINT64_C(0x32304843535550) /* "PUSCH02", little-endian */
#define AREAS_AT                                                               \
	((sizeof(struct host_image) + PAGE - 1) / PAGE * (uint64_t)PAGE)
#define IMAGE_SIZE (AREAS_AT + HOST_SLOTS * 2 * HALF_ENTRIES * sizeof(uint64_t))

/* --- words ---------------------------------------------------------------- */

uint64_t
host_word_agree(host_word *w, uint64_t value)
{
	uint64_t expected = 0;

	return atomic_compare_exchange_strong(w, &expected, value) ? value
								   : expected;
}

host_word *
host_image_area(const struct host_image *image, unsigned int slot,
		unsigned int half)
{
	uintptr_t at = (uintptr_t)image + (uintptr_t)AREAS_AT;

	return (host_word *)at + (slot * 2 + half) * HALF_ENTRIES;
}

/* --- a file that is made shorter ------------------------------------------ */

static struct {
	uintptr_t start; /* 0: no table */
	size_t size;
	struct sigaction before;
} mapped;
static volatile sig_atomic_t lost;

/* The page is not there any more: private pages take the place of all. mmap()
 * is a bare system call. */
static void
page_is_gone(int number, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr;

	(void)context;
	if (mapped.start == 0 || at < mapped.start ||
	    at - mapped.start >= mapped.size ||
	    mmap((void *)mapped.start, mapped.size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		 0) == MAP_FAILED) {
		sigaction(number, &mapped.before, NULL);
		return;
	}
	lost = 1;
}

static void
watch(const struct host_image *image)
{
	struct sigaction action = {.sa_sigaction = page_is_gone,
				   .sa_flags = SA_SIGINFO};

	mapped.start = (uintptr_t)image;
	mapped.size = (size_t)IMAGE_SIZE;
	lost = 0;
	sigemptyset(&action.sa_mask);
	sigaction(SIGBUS, &action, &mapped.before);
}

bool
host_image_is_lost(void)
{
	return lost != 0;
}

/* --- the file ------------------------------------------------------------- */

/* Some file systems do not know how. A signal interrupts that of tmpfs. */
bool
host_image_allocate(int fd, off_t at, off_t len)
{
	int result;

	do
		result = fallocate(fd, 0, at, len);
	while (result != 0 && errno == EINTR);
	return result == 0 || errno == EOPNOTSUPP;
}

static const char *
open_file(int *fd, const char *path)
{
	struct stat st;

	*fd =
	    open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0 || fstat(*fd, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "It is no regular file.";
	if (IMAGE_SIZE > SIZE_MAX / 2)
		return "Its size needs addresses of 64 bits.";
	if ((uint64_t)st.st_size < IMAGE_SIZE &&
	    ftruncate(*fd, (off_t)IMAGE_SIZE) != 0)
		return strerror(errno);
	return host_image_allocate(*fd, 0, offsetof(struct host_image, lines))
		   ? NULL
		   : strerror(errno);
}

const char *
host_image_open(struct host_image **image, int *fd, const char *path)
{
	const char *fault = open_file(fd, path);
	void *start;

	if (fault != NULL)
		return fault;
	start = mmap(NULL, (size_t)IMAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_SHARED, *fd, 0);
	if (start == MAP_FAILED)
		return strerror(errno);
	*image = start;
	watch(*image);
	return host_word_agree(&(*image)->magic, MAGIC) == MAGIC
		   ? NULL
		   : "Another version of pushcgi has written it.";
}

void
host_image_close(struct host_image **image, int *fd)
{
	if (*image != NULL) {
		munmap(*image, (size_t)IMAGE_SIZE);
		mapped.start = 0;
		sigaction(SIGBUS, &mapped.before, NULL);
		*image = NULL;
	}
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
