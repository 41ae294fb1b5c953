/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_WAYS_H
#define DSFIT_WAYS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/declare/workload.h"
#include "core/decide/training_changes.h"

/* A way to train the same model in less memory: some changes of the training. */
struct dsfit_way {
	char options[DSFIT_TRAINING_OPTIONS_MAX];	/* to type, "zero=3 offload=cpu"; or "" */
	bool fused_loss;		/* one of the options is a fused loss: code has to change */
	uint64_t accumulation;		/* micro-steps that keep the batch; 0: as many as before */
};

/* Whether a request fits with a workload that is trained in some way. */
enum dsfit_room {
	DSFIT_ROOM,
	DSFIT_NO_ROOM,
	DSFIT_NO_ROOM_ON_GPU,		/* the GPUs are too small, whatever else */
};
typedef enum dsfit_room (*dsfit_way_judge)(void *context, const struct dsfit_workload *other);

/*
 * The first way for which the judge has room, in the order of what it costs the user. None of its
 * changes can be left out. `micro_batch` is the workload's on its GPUs. Returns false if there is
 * none.
 */
bool dsfit_find_way(const struct dsfit_workload *workload, uint64_t micro_batch,
		    dsfit_way_judge judge, void *context, struct dsfit_way *out);

#endif
