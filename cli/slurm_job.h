/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CLI_SLURM_JOB_H
#define DSFIT_CLI_SLURM_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"

/* A job as slurmctld and slurmdbd know it, in words that no release of Slurm changes. */

/* Which job is meant: "12", "12_3" of an array, "12+1" of a het job. */
struct slurm_job_id {
	uint32_t id;
	int64_t task, component;	/* -1: none was named */
};

struct slurm_job {
	uint32_t id;			/* of an array or a het job, that of all of it */
	int64_t task, component;	/* -1: none */
	uint32_t uid;
	const char *partition;
	const char *state;		/* "PENDING", "OUT_OF_MEMORY" ... */
	const char *reason;		/* why it waits; "None", or "": none */
	const char *admin_comment, *submit_line, *output, *node_list;	/* "": not known */
	int exit_code, signal;		/* of an ended job */
	int step_exit_code;		/* the highest of its steps */
	bool step_out_of_memory;	/* one of its steps ended so */
	int64_t seconds;		/* it ran, or has run so far; -1: it has not started */
	int64_t limit_minutes;		/* -1: none */
	uint64_t nodes, gpus;		/* 0: not known */
	uint64_t memory_per_node;	/* bytes; 0: not known */
	const char *gpus_asked;		/* as Slurm writes them: "gres:gpu:a100:4"; "": not known */
	uint64_t max_rss;		/* most bytes that one task was seen with; 0: not known */
	unsigned of;			/* of so many tasks or components; 1 if one was named */
	bool known_here;		/* slurmctld still knows it */
	bool accounting;		/* the cluster has slurmdbd */
};

/*
 * Ask slurmctld for the job, and slurmdbd if the cluster has one. If the id names several tasks of
 * an array or components, the first that ended badly is taken, else the first. Returns 0; or -1 and
 * the reason in *err. The strings stay until the process ends.
 */
int slurm_job_load(const struct slurm_job_id *id, struct slurm_job *out, struct dsfit_error *err);

#endif
