/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_JOB_DESC_H
#define DSFIT_JOB_DESC_H

#include <stdbool.h>

#include <slurm/slurm.h>

#include "core/base/error.h"
#include "plugin/request_write.h"
#include "plugin/slurm_options.h"

/*
 * A job as slurmctld gets it, in the options that it might have been typed with: Slurm's request
 * language is read and written in one place, plugin/request_read.c.
 */

#define DSFIT_JOB_TEXT 48
#define DSFIT_SLURM_FIELD_MAX 1024	/* what slurmctld takes in a string of a request */

struct dsfit_job {
	struct dsfit_slurm slurm;
	struct dsfit_slurm_options options;	/* into `number` or the description */
	char number[SLURM_OPTIONS][DSFIT_JOB_TEXT];
	bool tasks_derived;	/* the client made its task count of nodes, GPUs or both */
};

/* The options of a description, which must outlive them. Any string of it may be anything. */
void dsfit_job_read(const job_desc_msg_t *desc, struct dsfit_job *out);

/*
 * Make the changes, which lead to `to`, all or none: -1 and a line in err where a number is beyond
 * the field it goes into, or a list too long. What *job has read is void afterwards.
 */
int dsfit_job_apply(job_desc_msg_t *desc, const struct dsfit_job *job,
		    const struct dsfit_slurm_change *changes, int count,
		    const struct dsfit_request *to, struct dsfit_error *err);

/* Slurm's strings, for what it will free: exported by it, but in none of its headers. */
extern char *slurm_xstrdup(const char *text);
extern void slurm_xfree(void **text);

/* Replace a string of Slurm's. */
void dsfit_slurm_string(char **at, const char *text);

#endif
