/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_REQUEST_READ_H
#define DSFIT_REQUEST_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"
#include "core/request/request.h"

/*
 * Slurm's request language: the options that say how many GPUs, nodes and bytes a job asks for,
 * to the core's struct dsfit_request and back. Knows no Slurm header, so that tables can test it.
 */

/* The options that a request is read from and written to, by their names in Slurm. */
enum dsfit_slurm_option {
	SLURM_NODES,
	SLURM_NTASKS,
	SLURM_NTASKS_PER_NODE,
	SLURM_NTASKS_PER_GPU,
	SLURM_CPUS_PER_TASK,
	SLURM_CPUS_PER_GPU,
	SLURM_GPUS,
	SLURM_GPUS_PER_NODE,
	SLURM_GPUS_PER_TASK,
	SLURM_GPUS_PER_SOCKET,
	SLURM_GRES,
	SLURM_TRES_PER_TASK,
	SLURM_TRES_BIND,
	SLURM_MEM,
	SLURM_MEM_PER_GPU,
	SLURM_MEM_PER_CPU,
	SLURM_CONSTRAINT,
	SLURM_PARTITION,
	SLURM_TMP,
	SLURM_EXCLUSIVE,
	SLURM_NODELIST,
	SLURM_NODEFILE,
	SLURM_EXCLUDE,
	SLURM_RESERVATION,
	SLURM_OPTIONS
};

extern const char *const dsfit_slurm_option_names[SLURM_OPTIONS];

/* The `form` of a request in which no option has asked for GPUs: they are written as
 * --gpus-per-node. */
#define DSFIT_FORM_NONE SLURM_OPTIONS

/* What was typed, option by option; NULL where an option was not. */
struct dsfit_slurm_options {
	const char *text[SLURM_OPTIONS];
};

/* What differs is who counts the tasks, and when. */
enum dsfit_command { DSFIT_SBATCH, DSFIT_SRUN, DSFIT_SALLOC };

/* Slurm 22.05 is release 2205: see plugin/release.h for what differs. */
struct dsfit_slurm {
	enum dsfit_command command;
	unsigned release;
	bool controller;	/* read in slurmctld, where more may be raised */
};

/* Past "gres:" or "gres/", which says only that a gres follows. */
const char *dsfit_past_gres(const char *text);

/* Whether options that cannot be read, or not all of them, may ask for GPUs. */
bool dsfit_request_may_have_gpus(const struct dsfit_slurm_options *options);

/*
 * Read a request. 0; or -1 and a line in err where it is in words that dsfit does not size
 * (shard and mps, several GPU types at once, GPUs per socket): the job is then let pass.
 */
int dsfit_request_parse(const struct dsfit_slurm_options *options,
			const struct dsfit_slurm *slurm, struct dsfit_request *out,
			struct dsfit_error *err);

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
