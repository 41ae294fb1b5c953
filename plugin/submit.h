/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SUBMIT_H
#define DSFIT_SUBMIT_H

#include <slurm/spank.h>

/*
 * On the submit host, in sbatch, salloc and srun. ac and av are the words after the plugin's
 * name in plugstack.conf: conf=FILE.
 */
int dsfit_submit_init(spank_t spank, int ac, char **av);

/* After all options are known, once a component: 0 lets the job be made, -1 does not. */
int dsfit_submit_decide(spank_t spank);

void dsfit_submit_exit(void);

#endif
