/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_GRES_H
#define DSFIT_GRES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/names.h"

/*
 * Reads lists of generic resources (gres) in all of Slurm's spellings: gpu:a100:4 as typed,
 * gres:gpu:a100:4 as Slurm 22.05 keeps it, gres/gpu:a100=4 in later releases.
 */

/* The largest count that is accepted, of GPUs or of anything else in a request. */
#define DSFIT_COUNT_MAX UINT64_C(10000000)

/* One entry of a gres or tres list. */
struct dsfit_gres_item {
	const char *start;		/* the entry's text, in the list; no terminator */
	size_t length;
	bool is_gpu, is_part;		/* gpu; shard or mps, which are parts of a GPU */
	char type[DSFIT_NAME_MAX];	/* of GPUs; "" if the entry names none */
	uint64_t count;			/* of GPUs */
};

/* The text after a leading "gres:" or "gres/"; all of it if it has no such prefix. */
const char *dsfit_past_gres(const char *text);

/*
 * Read the type and the count from a value of --gpus, --gpus-per-node or --gpus-per-task: "4",
 * "a100:4", or "a100", which means one. Some releases keep it as "gpu:a100:4". Returns 0, or -1 if
 * the text is none of these.
 */
int dsfit_gres_read_gpus(const char *text, struct dsfit_gres_item *item);

/* Read the next entry and move *list past it. Returns 1, 0 at the end of the list, or -1 if an
 * entry of GPUs cannot be read. */
int dsfit_gres_next(const char **list, struct dsfit_gres_item *item);

#endif
