/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SUBMIT_H
#define DSFIT_SUBMIT_H

#include <slurm/spank.h>

/*
 * The plugin on the submit host, in sbatch, salloc and srun. ac and av are the words after the
 * plugin's name in plugstack.conf, such as conf=FILE. Returns 0, or -1 if Slurm does not accept an
 * option.
 */
int dsfit_submit_init(spank_t spank, int ac, char **av);

/* Call it for each component of a job, after its options have been read. Returns 0 to submit the
 * job, -1 to refuse it. */
int dsfit_submit_decide(spank_t spank);

/* Free the values of the options. */
void dsfit_submit_exit(void);

#endif
