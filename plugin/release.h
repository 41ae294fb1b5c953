/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All differences between Slurm's releases that matter to dsfit. Other files ask these functions
 * and macros. Tried on live clusters of 22.05.8, 23.11.4, 24.11.5 and 26.05.5. A release is a
 * number: 22.05 is 2205.
 */
#ifndef DSFIT_PLUGIN_RELEASE_H
#define DSFIT_PLUGIN_RELEASE_H

#include <stdbool.h>

/* The release that the plugin is built for. No other release loads it. Only files that include a
 * header of Slurm can use this. */
#define DSFIT_SLURM_RELEASE \
	((SLURM_VERSION_NUMBER >> 16) * 100 + (SLURM_VERSION_NUMBER >> 8 & 255))

/*
 * Whether a batch job learns of a task count that was changed in slurmctld. From 23.11 on the job
 * gets slurmctld's count (env_array_for_batch_job() overwrites it). 22.05 leaves SLURM_NTASKS as
 * sbatch set it, and srun within the job starts that many tasks. 23.02 was not tried.
 */
static inline bool dsfit_release_recounts_tasks(unsigned release)
{
	return release >= 2311;
}

/*
 * From 23.11 on Slurm keeps --gpus-per-task in tres-per-task and reads it only from there. Setting
 * gpus-per-task then has no effect, although it returns 0. 22.05 has no tres-per-task.
 */
static inline bool dsfit_release_keeps_gpus_per_task_in_tres(unsigned release)
{
	return release >= 2311;
}

/*
 * When Slurm reads --gpus-per-task or --tres-per-task, it sets --tres-bind to this text and the
 * number of GPUs per task. If the option is changed later, --tres-bind stays as it is. NULL if the
 * release does not set it: 22.05 binds GPUs when the task starts.
 */
static inline const char *dsfit_release_task_binding(unsigned release)
{
	return release < 2311 ? NULL : "gres/gpu:per_task:";
}

/*
 * What clients write before GPUs in a TRES field of the job description: "gres:gpu:a100:4" up to
 * 23.02, and "gres/gpu:a100:4", with the full name of the TRES, from 23.11 on.
 */
static inline const char *dsfit_release_gres_prefix(unsigned release)
{
	return release < 2311 ? "gres:gpu:" : "gres/gpu:";
}

#ifdef SLURM_VERSION_NUMBER
/* Before 26.05 slurm_free_conf() had another name. */
#if SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(26, 5, 0)
#define slurm_free_conf slurm_free_ctl_conf
#endif

/* slurm_load_job() takes a number before 26.05, and then what names a job or a step. */
#if SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(26, 5, 0)
#define DSFIT_LOAD_JOB_ID(id) (id)
#else
#define DSFIT_LOAD_JOB_ID(id) ((slurm_step_id_t){ .job_id = (id), .step_id = NO_VAL, \
						  .step_het_comp = NO_VAL })
#endif

/* The function that names the reason for which a job waits: exported, and in no header. */
#if SLURM_VERSION_NUMBER < SLURM_VERSION_NUM(23, 11, 0)
#define DSFIT_JOB_REASON_STRING "slurm_job_reason_string"
#else
#define DSFIT_JOB_REASON_STRING "slurm_job_state_reason_string"
#endif

/* From 23.11 on -N may be a set of numbers ("1,2", "1-4:3"), and the description keeps its text.
 * The text wins over min_nodes and max_nodes, so it must go when they are corrected. */
#if SLURM_VERSION_NUMBER >= SLURM_VERSION_NUM(23, 11, 0)
#define DSFIT_FORGET_NODE_SET(desc)                                          \
	do {                                                                 \
		if ((desc)->job_size_str)                                    \
			slurm_xfree((void **)&(desc)->job_size_str);         \
	} while (0)
#else
#define DSFIT_FORGET_NODE_SET(desc) ((void)(desc))
#endif

/* From 23.02 on job_modify() can give the user a message. */
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
