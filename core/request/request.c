/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/request/request.h"

#include <string.h>

bool dsfit_asks_nothing(const struct dsfit_request *request)
{
	return request->scope == DSFIT_GPUS_UNSET && !request->exclusive;
}

unsigned dsfit_request_difference(const struct dsfit_request *from, const struct dsfit_request *to)
{
	unsigned bits = 0;

	if (from->memory != to->memory || from->memory_scope != to->memory_scope)
		bits |= DSFIT_CHANGE_MEMORY;
	if (from->scratch != to->scratch)
		bits |= DSFIT_CHANGE_SCRATCH;
	if (strcmp(from->features, to->features))
		bits |= DSFIT_CHANGE_NETWORK;
	if (from->gpus != to->gpus || from->scope != to->scope ||
	    (to->scope == DSFIT_GPUS_PER_TASK && from->tasks != to->tasks))
		bits |= DSFIT_CHANGE_GPUS;
	if (from->nodes_min != to->nodes_min || from->nodes_max != to->nodes_max)
		bits |= DSFIT_CHANGE_NODES;
	if (strcmp(from->gpu_type, to->gpu_type))
		bits |= DSFIT_CHANGE_GPU_TYPE;
	if (strcmp(from->partition, to->partition))
		bits |= DSFIT_CHANGE_PARTITION;
	return bits;
}
