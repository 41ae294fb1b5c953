/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_JOB_DESC_H
#define DSFIT_JOB_DESC_H

#include <stdbool.h>

#include <slurm/slurm.h>

#include "core/base/error.h"
#include "plugin/request_write.h"
#include "plugin/slurm_options.h"

/*
 * Turns slurmctld's description of a job into the options that a user would have typed, and back.
 * So the same code reads a request on the submit host and in slurmctld: plugin/request_read.c.
 */

#define DSFIT_JOB_TEXT 48		/* room for a number as an option's value */
#define DSFIT_SLURM_FIELD_MAX 1024	/* the longest string that slurmctld accepts in a request */

struct dsfit_job {
	struct dsfit_slurm slurm;
	struct dsfit_slurm_options options;	/* point into `number` or the description */
	char number[SLURM_OPTIONS][DSFIT_JOB_TEXT];
	bool tasks_derived;	/* the client calculated num_tasks; the user did not type it */
};

/* Read the options of a description, which must outlive *out. Users can forge its strings. */
void dsfit_job_read(const job_desc_msg_t *desc, struct dsfit_job *out);

/*
 * Make all of the changes, or none; `to` is the request that they lead to. Returns 0, or -1 with a
 * line in err if a number is too large for its field or a list is too long. Afterwards the texts of
 * *job are no longer valid.
 */
int dsfit_job_apply(job_desc_msg_t *desc, const struct dsfit_job *job,
		    const struct dsfit_slurm_change *changes, int count,
		    const struct dsfit_request *to, struct dsfit_error *err);

/* Slurm's allocator, for strings that Slurm will free. Slurm exports these functions, but none of
 * its headers declares them. */
extern char *slurm_xstrdup(const char *text);
extern void slurm_xfree(void **text);

/* Free the string at *at and put a copy of `text` there, both with Slurm's allocator. */
void dsfit_slurm_string(char **at, const char *text);

#endif
