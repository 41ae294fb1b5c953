/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_FRONT_H
#define DSFIT_FRONT_H

#include <slurm/spank.h>

/*
 * The plugin in sbatch, salloc and srun, as long as nothing is declared. With the first option, or
 * a script that may train something, it hands over to plugin/body.h. ac and av are the words after
 * the plugin's name in plugstack.conf, such as conf=FILE, which stay. Returns 0, or -1 if Slurm
 * does not accept an option.
 */
int dsfit_front_init(spank_t spank, int ac, char **av);

/* For each component of a job, after its options have been read. Returns 0 to submit the job, -1 to
 * refuse it. other() returns the file of a second copy of the plugin, which is not used, and sets
 * *own to the one that is; NULL if there is no second one. */
int dsfit_front_decide(spank_t spank, const char *(*other)(const char **own));

/* Free what was kept. */
void dsfit_front_exit(void);

#endif
