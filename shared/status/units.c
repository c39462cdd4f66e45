/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/status/units.h"

#include <inttypes.h>
#include <stddef.h>

void
units_put_number(struct buf *out, uint64_t n)
{
	char digits[BUF_DECIMAL_MAX];
	size_t len = buf_decimal(digits, n);

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			buf_putc(out, ',');
		buf_putc(out, digits[i]);
	}
}

void
units_put_bytes(struct buf *out, uint64_t n)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB", "PB"};
	double shown = (double)n / 1000;
	size_t i = 0;

	if (n < 1000) {
		buf_printf(out, "%" PRIu64 " B", n);
		return;
	}
	/* what would be shown as 1000 is 1 of the next */
	while (shown >= 999.5 && i + 1 < sizeof(units) / sizeof(units[0])) {
		shown /= 1000;
		i++;
	}
	buf_printf(out, shown < 9.95 ? "%.1f %s" : "%.0f %s", shown, units[i]);
}

void
units_put_seconds(struct buf *out, uint64_t n)
{
	if (n < 120)
		buf_printf(out, "%" PRIu64 " s", n);
	else if (n < 7200)
		buf_printf(out, "%" PRIu64 " min", n / 60);
	else if (n < 2 * 86400)
		buf_printf(out, "%" PRIu64 " h", n / 3600);
	else
		buf_printf(out, "%" PRIu64 " days", n / 86400);
}
