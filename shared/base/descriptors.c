/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/base/descriptors.h"

#include <fcntl.h>
#include <unistd.h>

void
descriptors_fill_standard(void)
{
	int fd = open("/dev/null", O_RDWR);

	while (fd >= 0 && fd <= STDERR_FILENO)
		fd = open("/dev/null", O_RDWR);
	if (fd >= 0)
		close(fd);
}
