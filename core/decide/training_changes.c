/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/training_changes.h"

#include <stdio.h>
#include <string.h>

#include "core/training/settings.h"

/* --- when a change is advised ------------------------------------------------------------- */

static bool recomputes_in_part(const struct dsfit_training *t)
{
	return t->checkpointing != DSFIT_CHECKPOINTING_FULL;
}

static bool has_free_batch(const struct dsfit_training *t)
{
	return !t->train_batch;
}

/* train_batch_size stays what it is: a step then has twice as many micro-steps. */
static bool has_fixed_batch(const struct dsfit_training *t)
{
	return t->train_batch;
}

static bool is_below_stage_2(const struct dsfit_training *t)
{
	return t->engine != DSFIT_ENGINE_NONE && t->zero < 2;
}

static bool is_below_stage_3(const struct dsfit_training *t)
{
	return t->engine != DSFIT_ENGINE_NONE && t->zero < 3;
}

static bool keeps_optimizer_on_gpu(const struct dsfit_training *t)
{
	return t->zero != 0 && t->offload_optimizer == DSFIT_OFFLOAD_NONE;
}

static bool keeps_weights_on_gpu(const struct dsfit_training *t)
{
	return t->zero == 3 && t->offload_param == DSFIT_OFFLOAD_NONE &&
	       t->offload_optimizer != DSFIT_OFFLOAD_NVME;
}

static bool keeps_weights_alone_on_gpu(const struct dsfit_training *t)
{
	return t->zero == 3 && t->offload_param == DSFIT_OFFLOAD_NONE &&
	       t->offload_optimizer == DSFIT_OFFLOAD_NVME;
}

static bool has_adam_on_gpu(const struct dsfit_training *t)
{
	return t->optimizer == DSFIT_OPTIMIZER_ADAMW && t->offload_optimizer == DSFIT_OFFLOAD_NONE;
}

static bool trains_all_weights(const struct dsfit_training *t)
{
	return t->method == DSFIT_METHOD_FULL;
}

static bool has_16_bit_base(const struct dsfit_training *t)
{
	return t->method == DSFIT_METHOD_LORA && !t->base_weights_given &&
	       (t->zero < 3 || t->engine != DSFIT_ENGINE_DEEPSPEED);
}

static bool keeps_attention_scores(const struct dsfit_training *t)
{
	return t->attention != DSFIT_ATTENTION_FLASH;
}

static bool keeps_logits(const struct dsfit_training *t)
{
	return t->loss != DSFIT_LOSS_FUSED;
}

/* --- when a change is part of a way to train ----------------------------------------------- */

/* Stage 3 partitions 4-bit weights only if they are stored in a float type; few scripts do it. */
static bool is_advised_stage_3(const struct dsfit_training *t)
{
	return is_below_stage_3(t) && t->method != DSFIT_METHOD_QLORA;
}

/* Neither DeepSpeed's pipeline engine nor 4-bit weights go with stage 3. */
static bool may_become_stage_3(const struct dsfit_training *t)
{
	return is_below_stage_3(t) && t->pipeline <= 1 && t->method != DSFIT_METHOD_QLORA;
}

static bool may_become_stage_2(const struct dsfit_training *t)
{
	return is_below_stage_2(t) && t->pipeline <= 1;
}

static bool may_become_stage_1(const struct dsfit_training *t)
{
	return t->engine != DSFIT_ENGINE_NONE && t->zero == 0 && t->pipeline > 1;
}

static bool may_offload_to_nvme(const struct dsfit_training *t)
{
	return t->engine == DSFIT_ENGINE_DEEPSPEED && t->zero == 3 &&
	       (t->offload_optimizer != DSFIT_OFFLOAD_NVME ||
		t->offload_param != DSFIT_OFFLOAD_NVME);
}

static bool may_offload_optimizer_to_nvme(const struct dsfit_training *t)
{
	return may_offload_to_nvme(t) && t->offload_optimizer != DSFIT_OFFLOAD_NVME &&
	       t->offload_param != DSFIT_OFFLOAD_NVME;
}

/* If the accumulation was given as well, the three would not agree. */
static bool may_have_other_batch(const struct dsfit_training *t)
{
	return !t->train_batch || !t->accumulation_given;
}

static bool is_not_quantised(const struct dsfit_training *t)
{
	return t->method != DSFIT_METHOD_QLORA && !t->base_weights_given;
}

static bool is_not_quantised_below_stage_3(const struct dsfit_training *t)
{
	return is_not_quantised(t) && (t->zero < 3 || !t->zero_given ||
				       t->engine != DSFIT_ENGINE_DEEPSPEED);
}

static bool is_not_quantised_at_stage_3(const struct dsfit_training *t)
{
	return is_not_quantised(t) && !is_not_quantised_below_stage_3(t);
}

static bool may_be_partitioned_instead(const struct dsfit_training *t)
{
	return t->method == DSFIT_METHOD_QLORA && !t->base_weights_given &&
	       t->engine != DSFIT_ENGINE_NONE && t->pipeline <= 1;
}

/* --- the changes -------------------------------------------------------------------------- */

const struct dsfit_training_change dsfit_training_changes[DSFIT_TRAINING_CHANGES] = {
	[DSFIT_RETRAIN_FLASH] = {
		.options = "attention=flash",
		.costs = "also takes less time",
		.is_advised = keeps_attention_scores,
		.goes = keeps_attention_scores,
	},
	[DSFIT_RETRAIN_BATCH] = {
		.costs = "half as many samples per step",
		.is_advised = has_free_batch,
		.goes = may_have_other_batch,
		.halves_batch = true,
	},
	[DSFIT_RETRAIN_FIXED_BATCH] = {
		.costs = "twice as many micro-steps for the same batch",
		.is_advised = has_fixed_batch,
		.halves_batch = true,
	},
	[DSFIT_RETRAIN_CHECKPOINTING] = {
		.options = "checkpointing=full",
		.costs = "forward runs twice: a third more time",
		.is_advised = recomputes_in_part,
		.goes = recomputes_in_part,
	},
	[DSFIT_RETRAIN_STAGE_1] = {
		.options = "zero=1",
		.goes = may_become_stage_1,
	},
	[DSFIT_RETRAIN_STAGE_2] = {
		.options = "zero=2",
		.costs = "the same network traffic as stages 0 and 1",
		.is_advised = is_below_stage_2,
		.goes = may_become_stage_2,
	},
	[DSFIT_RETRAIN_STAGE_3] = {
		.options = "zero=3",
		.costs = "1.5 times the network traffic, in each micro-step",
		.is_advised = is_advised_stage_3,
		.goes = may_become_stage_3,
	},
	[DSFIT_RETRAIN_OPTIMIZER_CPU] = {
		.options = "offload=optimizer:cpu",
		.costs = "the CPU runs the optimizer step on gradients copied to it",
		.is_advised = keeps_optimizer_on_gpu,
		.goes = keeps_optimizer_on_gpu,
	},
	[DSFIT_RETRAIN_PARAM_CPU] = {
		.options = "offload=optimizer:cpu,param:cpu",
		.costs = "weights also come over PCIe in each micro-step",
		.is_advised = keeps_weights_on_gpu,
		.goes = keeps_weights_on_gpu,
	},
	[DSFIT_RETRAIN_OPTIMIZER_NVME] = {
		.options = "offload=optimizer:nvme,param:cpu",
		.costs = "weights also come over PCIe in each micro-step",
		.is_advised = keeps_weights_alone_on_gpu,
		.goes = may_offload_optimizer_to_nvme,
	},
	[DSFIT_RETRAIN_ALL_NVME] = {
		.options = "offload=nvme",
		.goes = may_offload_to_nvme,
	},
	[DSFIT_RETRAIN_FUSED_LOSS] = {
		/* Kernels such as Liger's compute logits and their gradients in parts. */
		.options = "set=loss:fused",
		.costs = "a fused loss, such as Liger's: about the same time",
		.is_advised = keeps_logits,
		.goes = keeps_logits,
		.fuses_loss = true,
	},
	[DSFIT_RETRAIN_ADAM8BIT] = {
		.options = "optimizer=adam8bit",
		.costs = "optimizer states in 8 bits: about the same time",
		.is_advised = has_adam_on_gpu,
		.goes = has_adam_on_gpu,
	},
	[DSFIT_RETRAIN_LORA] = {
		.options = "method=lora",
		.costs = "trains adapters instead of the model: less time",
		.is_advised = trains_all_weights,
		.goes = trains_all_weights,
	},
	[DSFIT_RETRAIN_QLORA] = {
		.options = "method=qlora",
		.costs = "4-bit weights are unpacked for each use: more time",
		.is_advised = has_16_bit_base,
		.goes = is_not_quantised_below_stage_3,
	},
	[DSFIT_RETRAIN_QLORA_STAGE_2] = {
		/* An offload of parameters, which stage 2 has not, is given up. */
		.options = "zero=2 offload=optimizer:cpu method=qlora",
		.goes = is_not_quantised_at_stage_3,
	},
	[DSFIT_RETRAIN_LORA_STAGE_3] = {
		.options = "zero=3 method=lora",
		.goes = may_be_partitioned_instead,
	},
};

/* Read "NAME=VALUE NAME=VALUE" into the training. "set" has settings of its own. */
static int read_options(const char *text, struct dsfit_training *t)
{
	char options[DSFIT_TRAINING_OPTIONS_MAX], *value, *rest;

	snprintf(options, sizeof(options), "%s", text);
	for (char *name = strtok_r(options, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
		value = strchr(name, '=');
		if (!value)
			return -1;
		*value++ = '\0';
		if (strcmp(name, "set") ? dsfit_training_set(t, name, value, NULL) :
					  dsfit_training_set_all(t, value, NULL))
			return -1;
	}
	return 0;
}

int dsfit_training_retype(const char *options, uint64_t parameters, struct dsfit_training *t)
{
	return read_options(options, t) || dsfit_training_settle(t, parameters, NULL) ? -1 : 0;
}

int dsfit_training_change(const struct dsfit_training_change *change, uint64_t micro_batch,
			  uint64_t parameters, struct dsfit_training *t,
			  char options[DSFIT_TRAINING_OPTIONS_MAX])
{
	if (change->halves_batch && micro_batch < 2)
		return -1;
	if (change->halves_batch)
		snprintf(options, DSFIT_TRAINING_OPTIONS_MAX, "batch=%llu",
			 (unsigned long long)micro_batch / 2);
	else
		snprintf(options, DSFIT_TRAINING_OPTIONS_MAX, "%s",
			 change->options ? change->options : "");
	return dsfit_training_retype(options, parameters, t);
}
