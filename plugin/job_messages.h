/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_JOB_MESSAGES_H
#define DSFIT_JOB_MESSAGES_H

#include <slurm/slurm.h>
#include <stdint.h>

/* Reports about a job in slurmctld: to its user, in slurmctld's log, in the job's record. */

/* Append the lines of a text, each after "dsfit: ", to the message that the user's command prints.
 * Frees the text. If it is NULL, or there is no memory for it now, a line says that it is lost. */
void dsfit_job_tell(char **message, char *text);

/* The same for one printable line that needs no memory of dsfit's. */
void dsfit_job_tell_line(char **message, const char *line);

/* Write the first line of a text into slurmctld's log, for the administrator. */
void dsfit_job_log(uint32_t uid, const char *text);

/* Append the record to the job's admin_comment, which sacct and scontrol show. Users cannot write
 * it, but another plugin may have. Frees the record. */
void dsfit_job_record(job_desc_msg_t *desc, char *record);

#endif
