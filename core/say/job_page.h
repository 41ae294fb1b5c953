/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_JOB_PAGE_H
#define DSFIT_JOB_PAGE_H

#include "core/say/subject.h"

/* A decision and its account as one HTML page, to look at, to print and to copy commands from. */

struct dsfit_job_page {
	const struct dsfit_say *say;		/* without its style: pages draw their own bars */
	/* What submits the job, up to the request: "sbatch --ds-model=13B". NULL: sbatch cannot
	 * declare this job, and requests stand alone. */
	const char *command;
	const char *script;			/* it and its arguments, behind the request */
	const struct dsfit_request *fitting;	/* the request that fits; NULL: none does */
	bool preemptible;			/* where that runs */
	const struct dsfit_chart *charts;	/* how the need changes */
	size_t chart_count;
};

/* The caller frees the page; NULL if there is no memory. */
char *dsfit_job_page(const struct dsfit_job_page *page);

#endif
