/* SPDX-License-Identifier: MIT */
/*
 * prometheus.h - the status as metrics.
 *
 * Each process has time series of its own, told apart by host, technique and
 * pid: a counter that is the sum of several processes would fall when one of
 * them ends. Metrics of the first STATUS_PROCESSES_MAX processes are written.
 *
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (text
 *         format 0.0.4), https://prometheus.io/docs/practices/naming/
 */
#ifndef SHARED_STATUS_PROMETHEUS_H
#define SHARED_STATUS_PROMETHEUS_H

#include "shared/base/buf.h"
#include "shared/status/status.h"

void status_put_prometheus(struct buf *out, const struct status *s);

#endif
