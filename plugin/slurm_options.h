/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SLURM_OPTIONS_H
#define DSFIT_SLURM_OPTIONS_H

#include <stdbool.h>

/*
 * The options of sbatch, salloc and srun that say how many GPUs, nodes and bytes a job asks for.
 * This file includes no header of Slurm, so that the command and the unit tests can use it.
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
	SLURM_QOS,
	SLURM_ACCOUNT,
	SLURM_TMP,
	SLURM_EXCLUSIVE,
	SLURM_NODELIST,
	SLURM_NODEFILE,
	SLURM_EXCLUDE,
	SLURM_RESERVATION,
	SLURM_OPTIONS
};

extern const char *const dsfit_slurm_option_names[SLURM_OPTIONS];

/* The `form` of a request in which no option asks for GPUs. If dsfit adds GPUs, it writes them as
 * --gpus-per-node. */
#define DSFIT_FORM_NONE SLURM_OPTIONS

/* The same, but they are written as --gres: the job asks for GPUs by that option, perhaps in its
 * script, and Slurm 26.05 takes no --gpus-per-node beside it. */
#define DSFIT_FORM_NONE_GRES (SLURM_OPTIONS + 1)

/* The value of each option as typed; NULL if the option was not typed. */
struct dsfit_slurm_options {
	const char *text[SLURM_OPTIONS];
};

/* The command that submits. Each fixes the number of tasks at another time. */
enum dsfit_command { DSFIT_SBATCH, DSFIT_SRUN, DSFIT_SALLOC };

/* Slurm 22.05 is release 2205. plugin/release.h says what differs between releases. */
struct dsfit_slurm {
	enum dsfit_command command;
	unsigned release;
	bool controller;	/* the request is read in slurmctld, which can change more of it */
};

#endif
