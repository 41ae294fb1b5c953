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

/* The options that changes type. */
enum dsfit_typed_option {
	DSFIT_TYPE_NOTHING,
	DSFIT_TYPE_FLASH,		/* attention=flash */
	DSFIT_TYPE_BATCH,		/* batch=, and a number */
	DSFIT_TYPE_CHECKPOINTING,	/* checkpointing=full */
	DSFIT_TYPE_ZERO_1,		/* zero=1 */
	DSFIT_TYPE_ZERO_2,
	DSFIT_TYPE_ZERO_3,
	DSFIT_TYPE_OPTIMIZER_CPU,	/* offload=optimizer:cpu */
	DSFIT_TYPE_PARAM_CPU,		/* offload=optimizer:cpu,param:cpu */
	DSFIT_TYPE_OPTIMIZER_NVME,	/* offload=optimizer:nvme,param:cpu */
	DSFIT_TYPE_ALL_NVME,		/* offload=nvme */
	DSFIT_TYPE_FUSED_LOSS,		/* set=loss:fused */
	DSFIT_TYPE_ADAM8BIT,		/* optimizer=adam8bit */
	DSFIT_TYPE_LORA,		/* method=lora */
	DSFIT_TYPE_QLORA,
	DSFIT_TYPE_END
};

#define DSFIT_TYPED_MAX 8		/* as many names as the options have */

/* Options typed one after the other. One replaces what was typed before with the same name. */
struct dsfit_typed {
	enum dsfit_typed_option options[DSFIT_TYPED_MAX];
	size_t count;
	uint64_t batch;			/* of "batch=" */
};

#define DSFIT_CHANGE_OPTIONS 3

struct dsfit_training_change {
	enum dsfit_typed_option options[DSFIT_CHANGE_OPTIONS];	/* what to type; then nothing */
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
 * Make a change to *training, which is settled, for a model of so many parameters, and settle it
 * again. `batch` is the new micro-batch of a change that halves it. What is to be typed is added to
 * *typed. Returns 0, or -1 if the micro-batch would be 0 or DeepSpeed refuses the result; *training
 * is then in part changed.
 */
int dsfit_training_change(const struct dsfit_training_change *change, uint64_t batch,
			  uint64_t parameters, struct dsfit_training *training,
			  struct dsfit_typed *typed);

/* Set all that was typed, and settle the training again. Returns 0, or -1 if DeepSpeed refuses the
 * result. */
int dsfit_training_type(const struct dsfit_typed *typed, uint64_t parameters,
			struct dsfit_training *training);

/* Whether the same was typed, in the same order. */
bool dsfit_typed_same(const struct dsfit_typed *a, const struct dsfit_typed *b);

/* Write the options as they are typed, "zero=2 method=qlora", or "" if there is none. */
void dsfit_typed_text(const struct dsfit_typed *typed, char text[DSFIT_TRAINING_OPTIONS_MAX]);

#endif
