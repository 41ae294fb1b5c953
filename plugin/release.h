/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where Slurm's releases differ, and why: all of it is here, and what depends on it asks here.
 * Tried on live clusters of 22.05.8, 24.11.5 and 26.05.5. A release is a number: 22.05 is 2205.
 */
#ifndef DSFIT_PLUGIN_RELEASE_H
#define DSFIT_PLUGIN_RELEASE_H

#include <stdbool.h>

/* The one that a plugin is built for, and that alone loads it; for files that include Slurm's
 * header. */
#define DSFIT_SLURM_RELEASE \
	((SLURM_VERSION_NUMBER >> 16) * 100 + (SLURM_VERSION_NUMBER >> 8 & 255))

/*
 * Nodes that are raised in a batch job with a task count: 24.11 and 26.05 tell the job how many
 * tasks slurmctld holds; 22.05 leaves SLURM_NTASKS in it as sbatch made it, and the job's srun
 * starts that many.
 */
static inline bool dsfit_release_recounts_tasks(unsigned release)
{
	return release >= 2411;
}

/*
 * From 23.11 on --gpus-per-task is kept in tres-per-task and read from there alone: to set the
 * former changes nothing and returns 0. 22.05 has no tres-per-task.
 */
static inline bool dsfit_release_keeps_gpus_per_task_in_tres(unsigned release)
{
	return release >= 2311;
}

#endif
