/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_REQUEST_WRITE_H
#define DSFIT_REQUEST_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/request/request.h"
#include "plugin/slurm_options.h"

/* Writes Slurm's request language: a struct dsfit_request becomes options. */

/* One option to set to `value`, or to reset. */
struct dsfit_slurm_change {
	enum dsfit_slurm_option option;
	bool reset;
	char value[DSFIT_EXPRESSION_MAX];
};

/* More than any correction needs: one each for tasks, nodes, memory, scratch, the constraint and
 * the partition, and four for the GPUs. */
#define DSFIT_SLURM_CHANGES 12

/*
 * List what to set, in this order, so that the request `from`, which was typed as `options`,
 * becomes `to`. The option that the user typed is the one that is rewritten. Returns the number of
 * changes, or -1 if these options cannot express `to`.
 */
int dsfit_request_changes(const struct dsfit_slurm_options *options,
			  const struct dsfit_slurm *slurm, const struct dsfit_request *from,
			  const struct dsfit_request *to,
			  struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES]);

/* Write the request as options to type: "-N 2 --gpus-per-node=a100:4". What has no room is left
 * out. Returns text. */
const char *dsfit_request_text(const struct dsfit_request *request, char *text, size_t size);

#endif
