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

/*
 * How --tres-bind has the GPUs that --gpus-per-task or --tres-per-task binds a task to, before
 * their number; NULL where none is written. It is written when the option is read, and does not
 * follow it. 22.05 binds when the task starts.
 */
static inline const char *dsfit_release_task_binding(unsigned release)
{
	return release < 2311 ? NULL : "gres/gpu:per_task:";
}

/*
 * What a client writes before a GPU in a TRES field of job_desc: "gres:gpu:a100:4" up to 23.02,
 * "gres/gpu:a100:4" from 23.11 on, where the names of TRES are written out.
 */
static inline const char *dsfit_release_gres_prefix(unsigned release)
{
	return release < 2311 ? "gres:gpu:" : "gres/gpu:";
}

#ifdef SLURM_VERSION_NUMBER
/* What frees a configuration had another name before 26.05. */
#if SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(26, 5, 0)
#define slurm_free_conf slurm_free_ctl_conf
#endif

/* From 23.11 on -N may be a set of numbers, "1,2" or "1-4:3", kept as it was typed: it holds over
 * the range, which is no longer what was typed. */
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 11, 0)
#define DSFIT_FORGET_NODE_SET(desc)                                          \
	do {                                                                 \
		if ((desc)->job_size_str)                                    \
			slurm_xfree((void **)&(desc)->job_size_str);         \
	} while (0)
#else
#define DSFIT_FORGET_NODE_SET(desc) ((void)(desc))
#endif

/* job_modify() has a message for the user from 23.02 on. */
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 2, 0)
#define DSFIT_JOB_MODIFY(desc, job, uid, message)                            \
	job_modify(job_desc_msg_t *desc, job_record_t *job, uint32_t uid,    \
		   char **message)
#define DSFIT_MODIFY_MESSAGE(message) (message)
#else
#define DSFIT_JOB_MODIFY(desc, job, uid, message) \
	job_modify(job_desc_msg_t *desc, job_record_t *job, uint32_t uid)
#define DSFIT_MODIFY_MESSAGE(message) NULL
#endif
#endif

#endif
