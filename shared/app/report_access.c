/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shared/app/report_access.h"

#include "shared/access/access.h"
#include "shared/access/credentials.h"
#include "shared/access/cross_site.h"
#include "shared/http/params_report.h"

static bool
may_look(const struct request *r, const struct conf *conf, enum report report,
	 struct problem *p)
{
	bool is_costly = report == REPORT_EVENTS || report_is_health(report);

	return !is_costly || cross_site_may_look(r, conf, p);
}

bool
report_access(enum report *out, const struct request *r,
	      const struct conf *conf, struct access_keys *keys, bool http,
	      struct problem *p)
{
	struct credentials credentials = {.user = NULL};
	struct access_params params;
	bool may;

	if (!params_read_report(out, &params, r, p) ||
	    !may_look(r, conf, *out, p))
		return false;
	credentials_read(&credentials, keys, r, conf, &params, http);
	may = access_may_read_status(conf, &credentials, p);
	credentials_free(&credentials);
	return may;
}
