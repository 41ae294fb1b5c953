/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SCRIPT_GLANCE_H
#define DSFIT_SCRIPT_GLANCE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A look at a script before launchers.conf is loaded and the script is read: most jobs train
 * nothing, and are not to wait for that. It takes a microsecond for a kB.
 */

/*
 * Whether a line that is no comment has a word of those that start trainings. If not, the script
 * trains nothing by itself. `more` has a site's own words, in lower case and separated by commas,
 * each beginning with a letter; NULL: there are none. Of many, some do not count.
 */
bool dsfit_script_may_train(const char *text, size_t length, const char *more);

/*
 * The next script that a script may run, by its name: a word that ends with ".sh", ".bash" or
 * ".slurm". Returns the word's length, with *at moved to its begin, or 0 if there is no more.
 */
size_t dsfit_script_next_script(const char **at, const char *end);

#endif
