/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PLUGSTACK_H
#define DSFIT_PLUGSTACK_H

/*
 * What is wrong with the lines of this host's plugstack.conf for dsfit's plugin. If the file of the
 * plugin is missing, Slurm stops all submissions on a submit host, and drains a node that a job
 * reaches. If words= lacks one of `words` (core/script/launchers_words.h), sbatch does not look at
 * a script that the site's own launcher is in. Prints a warning with file and line to stderr for
 * each such line. Silent on a host without Slurm's configuration, and about anything that cannot be
 * read.
 */
void cli_warn_plugstack(const char *words);

#endif
