/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_REQUEST_WRITE_H
#define DSFIT_REQUEST_WRITE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/request/request.h"
#include "plugin/slurm_options.h"

/* Slurm's request language, written: a struct dsfit_request as options. */

/* One option to set, or, where the value is "", to reset. */
struct dsfit_slurm_change {
	enum dsfit_slurm_option option;
	bool reset;
	char value[DSFIT_EXPRESSION_MAX];
};

/* More than any request takes: one for the tasks, the nodes, memory, scratch, the constraint and
 * the partition, and four for the GPUs. */
#define DSFIT_SLURM_CHANGES 12

/*
 * What to set, in this order, so that a request as typed becomes `to`: the option the user used
 * is the option rewritten. Returns how many, or -1 where the form cannot say it.
 */
int dsfit_request_changes(const struct dsfit_slurm_options *options,
			  const struct dsfit_slurm *slurm, const struct dsfit_request *from,
			  const struct dsfit_request *to,
			  struct dsfit_slurm_change changes[DSFIT_SLURM_CHANGES]);

/* The request as options to type: "-N 2 --gpus-per-node=a100:4". Returns text. */
const char *dsfit_request_text(const struct dsfit_request *request, char *text, size_t size);

#endif
