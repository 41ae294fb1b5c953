/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SUBMIT_H
#define DSFIT_SUBMIT_H

#include <slurm/spank.h>

/*
 * The plugin on the submit host, in sbatch, salloc and srun, once something is declared. conf is
 * the path of dsfit.conf, and stays. `components` of the job have been decided: nothing was
 * declared for them.
 */
void dsfit_submit_begin(const char *conf, unsigned components);

/* Call it for each component of a job, after its options have been read. Returns 0 to submit the
 * job, -1 to refuse it. */
int dsfit_submit_decide(spank_t spank);

/* Free the values of the options. */
void dsfit_submit_exit(void);

#endif
