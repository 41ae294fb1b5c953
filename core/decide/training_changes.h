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
 * fits, which request would fit with which changes (core/decide/ways.c).
 */
enum dsfit_retrain {
	DSFIT_RETRAIN_FLASH,		/* attention that keeps no scores */
	DSFIT_RETRAIN_BATCH,		/* half as many samples at a time */
	DSFIT_RETRAIN_FIXED_BATCH,	/* the same, where train_batch_size was given */
	DSFIT_RETRAIN_CHECKPOINTING,
	DSFIT_RETRAIN_STAGE_1,
	DSFIT_RETRAIN_STAGE_2,
	DSFIT_RETRAIN_STAGE_3,
	DSFIT_RETRAIN_OPTIMIZER_CPU,
	DSFIT_RETRAIN_PARAM_CPU,
	DSFIT_RETRAIN_OPTIMIZER_NVME,
	DSFIT_RETRAIN_ALL_NVME,
	DSFIT_RETRAIN_FUSED_LOSS,
	DSFIT_RETRAIN_ADAM8BIT,
	DSFIT_RETRAIN_LORA,
	DSFIT_RETRAIN_QLORA,
	DSFIT_RETRAIN_QLORA_STAGE_2,	/* the same, from stage 3 */
	DSFIT_RETRAIN_LORA_STAGE_3,	/* from QLoRA: weights in 16 bits can be partitioned */
	DSFIT_RETRAIN_END
};

struct dsfit_training_change {
	/* The options to type, several separated by a space: "zero=2 method=qlora". NULL: the
	 * option depends on the batch. */
	const char *options;
	bool halves_batch;	/* the option is "batch=" and half the micro-batch */
	bool fuses_loss;	/* the user's code has to change */
	const char *costs;	/* what it costs except memory, in a few words; NULL: not advised */
	/* Whether it changes anything in this training that is worth advising; NULL: never. */
	bool (*is_advised)(const struct dsfit_training *training);
	/* Whether it can be a part of a way to train; NULL: never. */
	bool (*goes)(const struct dsfit_training *training);
};

#define DSFIT_TRAINING_CHANGES DSFIT_RETRAIN_END
#define DSFIT_TRAINING_OPTIONS_MAX 192

/* Indexed by enum dsfit_retrain. */
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

/* Set the options "NAME=VALUE NAME=VALUE" and settle the training again. Returns 0, or -1 if
 * DeepSpeed refuses the result. */
int dsfit_training_retype(const char *options, uint64_t parameters,
			  struct dsfit_training *training);

#endif
