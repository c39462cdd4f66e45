/* SPDX-License-Identifier: MIT */
/*
 * clock.c - a clock that the driver can set, for a Redis under test: to be
 * preloaded. FAULTS_CLOCK names a file that begins with the offset in seconds,
 * an int64_t, which is mapped, so it can change at any time.
 *
 * Redis takes the time of ids from gettimeofday(); its other clocks go on.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset;

__attribute__((constructor)) static void
map_offset(void)
{
	const char *path = getenv("FAULTS_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *mapped;

	if (fd < 0)
		return;
	mapped = mmap(NULL, sizeof(*offset), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped != MAP_FAILED)
		offset = mapped;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	if (syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) != 0)
		return -1;
	tv->tv_sec = now.tv_sec + (offset ? *offset : 0);
	tv->tv_usec = now.tv_nsec / 1000;
	return 0;
}
