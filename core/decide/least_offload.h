/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_LEAST_OFFLOAD_H
#define DSFIT_LEAST_OFFLOAD_H

#include "core/declare/workload.h"
#include "core/request/request.h"
#include "core/site/site.h"

/*
 * For a training of which nobody knows what it offloads: offload nothing, or as little as it takes
 * for the request to fit. More of it takes less of the GPU and more of the node, so that no choice
 * is the least of both; if the request does not fit with any, everything is offloaded to the CPU.
 */
void dsfit_least_offload(const struct dsfit_site *site, const struct dsfit_request *request,
			 struct dsfit_workload *workload);

#endif
