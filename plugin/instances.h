/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_INSTANCES_H
#define DSFIT_INSTANCES_H

#include <stdbool.h>
#include <stddef.h>

/*
 * plugstack.conf may name spank_dsfit.so by two paths. If they are two files, Slurm loads both, and
 * neither knows of the other. Each finds here what is loaded beside it.
 */

/* Whether a plugin of our name was loaded before this one. `name` is this one's own plugin_name. */
bool dsfit_is_later_instance(const char *name);

/* The file of another plugin of our name, if this one was loaded first; *own is then this one's.
 * NULL otherwise. The texts are the dynamic linker's. */
const char *dsfit_later_instance(const char *name, const char **own);

#endif
