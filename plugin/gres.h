/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_GRES_H
#define DSFIT_GRES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/names.h"

/*
 * One entry of a list of generic resources (gres), in every spelling of Slurm's: gpu:a100:4 as
 * typed, gres:gpu:a100:4 as Slurm 22.05 keeps it, gres/gpu:a100=4 in later releases.
 */

/* The largest count that is read, of GPUs or of anything else that a request counts. */
#define DSFIT_COUNT_MAX UINT64_C(10000000)

/* One entry of a gres or tres list. */
struct dsfit_gres_item {
	const char *start;		/* in the list */
	size_t length;
	bool is_gpu, is_part;		/* gpu; shard or mps */
	char type[DSFIT_NAME_MAX];
	uint64_t count;
};

/* Past "gres:" or "gres/", which says only that a gres follows. */
const char *dsfit_past_gres(const char *text);

/*
 * Read the type and the count, as --gpus and its kin have them: "4", "a100:4", "a100", which means
 * one, and, as some releases keep it, "gpu:a100:4". 0; or -1 where the text is none of these.
 */
int dsfit_gres_read_gpus(const char *text, struct dsfit_gres_item *item);

/* The next entry of a list: 1; 0 at the end, -1 where an entry of GPUs cannot be read. */
int dsfit_gres_next(const char **list, struct dsfit_gres_item *item);

#endif
