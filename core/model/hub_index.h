/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_HUB_INDEX_H
#define DSFIT_HUB_INDEX_H

#include "core/model/hub_entries.h"

/*
 * The names of hub.conf in an order in which one is found at once. Without it, each look-up of a
 * name reads the whole text, which takes slurmctld longer than the decision on most jobs. Who looks
 * up one name and ends, as sbatch does, needs none.
 */
struct dsfit_hub_index;

/* Make the index of a text, which has to outlive it. NULL if memory is out, or for a text that is
 * longer than 4 GB. The caller frees it with free(). */
struct dsfit_hub_index *dsfit_hub_index_make(const char *text);

/* The first entry that has this name, in the form of dsfit_name_fold(), or a name with "*" that
 * stands for it. NULL if there is none. */
const char *dsfit_hub_index_find(const struct dsfit_hub_index *index, const char *name);

#endif
