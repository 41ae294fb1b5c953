/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_JOB_MESSAGES_H
#define DSFIT_JOB_MESSAGES_H

#include <slurm/slurm.h>
#include <stdint.h>

/* What slurmctld tells of a job: its user, its own log, and the job's record. */

/* Append a text's lines, each with dsfit's name, to the message that the user's command prints.
 * The text is freed; NULL, where memory was out, adds nothing. */
void dsfit_job_tell(char **message, char *text);

/* Write the text's first line into slurmctld's log, for the administrator. */
void dsfit_job_log(uint32_t uid, const char *text);

/* Add the record to the job's admin_comment, which sacct and scontrol show. Users cannot write
 * there, but another plugin may have. The record is freed. */
void dsfit_job_record(job_desc_msg_t *desc, char *record);

#endif
