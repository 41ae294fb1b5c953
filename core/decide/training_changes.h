/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TRAINING_CHANGES_H
#define DSFIT_TRAINING_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/training/training.h"

/*
 * Other ways to train the same model that take less memory on each GPU. dsfit never makes such a
 * change: it tells the user what a change would save (core/decide/advice.c), and if no request
 * fits, which request would fit with it (core/decide/decide.c).
 */
struct dsfit_training_change {
	/* The options to type, several separated by a space: "zero=3 offload=optimizer:cpu". NULL:
	 * the option depends on the batch, or there is none. */
	const char *options;
	bool halves_batch;	/* the option is "batch=" and half the micro-batch */
	bool fuses_loss;	/* no option makes the change; `what` says it in words */
	const char *what;
	const char *costs;	/* what it costs except memory, in a few words; NULL: not advised */
	/* Whether it changes anything in this training that is worth advising; NULL: never. */
	bool (*is_advised)(const struct dsfit_training *training);
	/* Whether a request is looked for that fits with it if none fits without; NULL: never. */
	bool (*is_alternative)(const struct dsfit_training *training);
};

#define DSFIT_TRAINING_CHANGES 14
#define DSFIT_TRAINING_OPTIONS_MAX 64

/* Alternatives are in the order in which they are tried. */
extern const struct dsfit_training_change dsfit_training_changes[DSFIT_TRAINING_CHANGES];

/*
 * Make a change to *training, which is settled and has this micro-batch on its GPUs, for a model of
 * so many parameters, and settle it again. The options are read just as they will be when they are
 * typed; `options` gets their text, "" if there is none. Returns 0, or -1 if the micro-batch cannot
 * be halved or DeepSpeed refuses the result; *training is then in part changed.
 */
int dsfit_training_change(const struct dsfit_training_change *change, uint64_t micro_batch,
			  uint64_t parameters, struct dsfit_training *training,
			  char options[DSFIT_TRAINING_OPTIONS_MAX]);

#endif
