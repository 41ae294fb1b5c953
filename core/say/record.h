/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_RECORD_H
#define DSFIT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/decide/assess.h"

/*
 * The record that slurmctld leaves in a job's AdminComment, as dsfit_say_record() writes it:
 *
 *     dsfit: 13B, ZeRO-3, batch 1 x 2048 tokens: 27.8 GiB of 39.4 GiB per GPU, 61 GiB of 500 GiB
 *     per node: fits; changed: -N 1 --gpus-per-node=a100:4 -> -N 3 --gpus-per-node=a100:4
 *
 * Where slurmctld changed nothing, the training is followed by ", for -N 3 --gpus-per-node=a100:4",
 * the request. Or it is "dsfit: not sized: REASON". Releases before the figures per node, or the
 * request, left them out. Other plugins may have written in front of it.
 */
#define DSFIT_RECORD_TEXT 1024

struct dsfit_record {
	char text[DSFIT_RECORD_TEXT];		/* all of it, without "dsfit: " */
	size_t decided;				/* its length up to what was changed */
	char not_sized[DSFIT_RECORD_TEXT];	/* why; "": it was sized */
	char training[DSFIT_RECORD_TEXT];	/* the model and how it is trained; "": not read */
	char changed[DSFIT_RECORD_TEXT];	/* "nodes", or "OLD -> NEW"; "": nothing was */
	bool on_submit_host;			/* that is who changed it */
	char request[DSFIT_RECORD_TEXT];	/* what was decided on; "": not read */
	enum dsfit_verdict verdict;	/* DSFIT_UNKNOWN also if it was not read */
	/* Bytes, to the three digits that were written; 0: not read. Available 0: not known. */
	uint64_t per_gpu, gpu_available, per_node, node_available;
};

/* Read the record in an AdminComment, which may be NULL. Returns whether there is one. */
bool dsfit_record_read(const char *comment, struct dsfit_record *out);

#endif
