/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/training_changes.h"

#include <stdio.h>
#include <string.h>

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

/* --- the options that changes type ----------------------------------------------------------- */

static const struct {
	enum name {
		ATTENTION, BATCH, CHECKPOINTING, ZERO, OFFLOAD, SET, OPTIMIZER, METHOD, NAMES
	} name;
	const char *text;
} typed_options[DSFIT_TYPE_END] = {
	[DSFIT_TYPE_FLASH] = { ATTENTION, "attention=flash" },
	[DSFIT_TYPE_BATCH] = { BATCH, "batch=" },
	[DSFIT_TYPE_CHECKPOINTING] = { CHECKPOINTING, "checkpointing=full" },
	[DSFIT_TYPE_ZERO_1] = { ZERO, "zero=1" },
	[DSFIT_TYPE_ZERO_2] = { ZERO, "zero=2" },
	[DSFIT_TYPE_ZERO_3] = { ZERO, "zero=3" },
	[DSFIT_TYPE_OPTIMIZER_CPU] = { OFFLOAD, "offload=optimizer:cpu" },
	[DSFIT_TYPE_PARAM_CPU] = { OFFLOAD, "offload=optimizer:cpu,param:cpu" },
	[DSFIT_TYPE_OPTIMIZER_NVME] = { OFFLOAD, "offload=optimizer:nvme,param:cpu" },
	[DSFIT_TYPE_ALL_NVME] = { OFFLOAD, "offload=nvme" },
	/* Kernels such as Liger's compute logits and their gradients in parts. */
	[DSFIT_TYPE_FUSED_LOSS] = { SET, "set=loss:fused" },
	[DSFIT_TYPE_ADAM8BIT] = { OPTIMIZER, "optimizer=adam8bit" },
	[DSFIT_TYPE_LORA] = { METHOD, "method=lora" },
	[DSFIT_TYPE_QLORA] = { METHOD, "method=qlora" },
};

_Static_assert(NAMES == DSFIT_TYPED_MAX, "a place for each name");

static void set_stage(struct dsfit_training *t, unsigned stage)
{
	t->zero = stage;
	t->zero_given = true;
}

static void set_offload(struct dsfit_training *t, enum dsfit_offload all,
			enum dsfit_offload optimizer, enum dsfit_offload param)
{
	t->offload_all = all;
	t->offload_optimizer = optimizer;
	t->offload_param = param;
	t->asked_optimizer = t->asked_param = DSFIT_OFFLOAD_NONE;
	t->offload_in_file = t->offload_default = false;
}

/* Do to the training what reading the option's text does. A way to train is looked for with
 * hundreds of trainings; to read texts for each took longer than to judge them. */
static void set_option(struct dsfit_training *t, enum dsfit_typed_option option, uint64_t batch)
{
	const enum dsfit_offload none = DSFIT_OFFLOAD_NONE, cpu = DSFIT_OFFLOAD_CPU,
				 nvme = DSFIT_OFFLOAD_NVME;

	switch (option) {
	case DSFIT_TYPE_FLASH:
		t->attention = DSFIT_ATTENTION_FLASH;
		break;
	case DSFIT_TYPE_BATCH:
		t->micro_batch = batch;
		t->micro_batch_given = t->batch_declared = true;
		break;
	case DSFIT_TYPE_CHECKPOINTING:
		t->checkpointing = DSFIT_CHECKPOINTING_FULL;
		break;
	case DSFIT_TYPE_ZERO_1:
	case DSFIT_TYPE_ZERO_2:
	case DSFIT_TYPE_ZERO_3:
		set_stage(t, 1 + (unsigned)option - DSFIT_TYPE_ZERO_1);
		break;
	case DSFIT_TYPE_OPTIMIZER_CPU:
		set_offload(t, none, cpu, none);
		break;
	case DSFIT_TYPE_PARAM_CPU:
		set_offload(t, none, cpu, cpu);
		break;
	case DSFIT_TYPE_OPTIMIZER_NVME:
		set_offload(t, none, nvme, cpu);
		break;
	case DSFIT_TYPE_ALL_NVME:
		set_offload(t, nvme, none, none);
		break;
	case DSFIT_TYPE_FUSED_LOSS:
		t->loss = DSFIT_LOSS_FUSED;
		break;
	case DSFIT_TYPE_ADAM8BIT:
		t->optimizer = DSFIT_OPTIMIZER_ADAM8BIT;
		t->optimizer_in_file = false;
		break;
	case DSFIT_TYPE_LORA:
		t->method = DSFIT_METHOD_LORA;
		break;
	case DSFIT_TYPE_QLORA:
		t->method = DSFIT_METHOD_QLORA;
		break;
	default:
		break;
	}
}

/* --- the changes -------------------------------------------------------------------------- */

const struct dsfit_training_change dsfit_training_changes[DSFIT_TRAINING_CHANGES] = {
	[DSFIT_RETRAIN_FLASH] = {
		.options = { DSFIT_TYPE_FLASH },
		.costs = "also takes less time",
		.is_advised = keeps_attention_scores,
		.goes = keeps_attention_scores,
	},
	[DSFIT_RETRAIN_BATCH] = {
		.options = { DSFIT_TYPE_BATCH },
		.costs = "half as many samples per step",
		.is_advised = has_free_batch,
		.goes = may_have_other_batch,
		.halves_batch = true,
	},
	[DSFIT_RETRAIN_FIXED_BATCH] = {
		.options = { DSFIT_TYPE_BATCH },
		.costs = "twice as many micro-steps for the same batch",
		.is_advised = has_fixed_batch,
		.halves_batch = true,
	},
	[DSFIT_RETRAIN_CHECKPOINTING] = {
		.options = { DSFIT_TYPE_CHECKPOINTING },
		.costs = "forward runs twice: a third more time",
		.is_advised = recomputes_in_part,
		.goes = recomputes_in_part,
	},
	[DSFIT_RETRAIN_STAGE_1] = {
		.options = { DSFIT_TYPE_ZERO_1 },
		.goes = may_become_stage_1,
	},
	[DSFIT_RETRAIN_STAGE_2] = {
		.options = { DSFIT_TYPE_ZERO_2 },
		.costs = "the same network traffic as stages 0 and 1",
		.is_advised = is_below_stage_2,
		.goes = may_become_stage_2,
	},
	[DSFIT_RETRAIN_STAGE_3] = {
		.options = { DSFIT_TYPE_ZERO_3 },
		.costs = "1.5 times the network traffic, in each micro-step",
		.is_advised = is_advised_stage_3,
		.goes = may_become_stage_3,
	},
	[DSFIT_RETRAIN_OPTIMIZER_CPU] = {
		.options = { DSFIT_TYPE_OPTIMIZER_CPU },
		.costs = "the CPU runs the optimizer step on gradients copied to it",
		.is_advised = keeps_optimizer_on_gpu,
		.goes = keeps_optimizer_on_gpu,
	},
	[DSFIT_RETRAIN_PARAM_CPU] = {
		.options = { DSFIT_TYPE_PARAM_CPU },
		.costs = "weights also come over PCIe in each micro-step",
		.is_advised = keeps_weights_on_gpu,
		.goes = keeps_weights_on_gpu,
	},
	[DSFIT_RETRAIN_OPTIMIZER_NVME] = {
		.options = { DSFIT_TYPE_OPTIMIZER_NVME },
		.costs = "weights also come over PCIe in each micro-step",
		.is_advised = keeps_weights_alone_on_gpu,
		.goes = may_offload_optimizer_to_nvme,
	},
	[DSFIT_RETRAIN_ALL_NVME] = {
		.options = { DSFIT_TYPE_ALL_NVME },
		.goes = may_offload_to_nvme,
	},
	[DSFIT_RETRAIN_FUSED_LOSS] = {
		.options = { DSFIT_TYPE_FUSED_LOSS },
		.costs = "a fused loss, such as Liger's: about the same time",
		.is_advised = keeps_logits,
		.goes = keeps_logits,
		.fuses_loss = true,
	},
	[DSFIT_RETRAIN_ADAM8BIT] = {
		.options = { DSFIT_TYPE_ADAM8BIT },
		.costs = "optimizer states in 8 bits: about the same time",
		.is_advised = has_adam_on_gpu,
		.goes = has_adam_on_gpu,
	},
	[DSFIT_RETRAIN_LORA] = {
		.options = { DSFIT_TYPE_LORA },
		.costs = "trains adapters instead of the model: less time",
		.is_advised = trains_all_weights,
		.goes = trains_all_weights,
	},
	[DSFIT_RETRAIN_QLORA] = {
		.options = { DSFIT_TYPE_QLORA },
		.costs = "4-bit weights are unpacked for each use: more time",
		.is_advised = has_16_bit_base,
		.goes = is_not_quantised_below_stage_3,
	},
	[DSFIT_RETRAIN_QLORA_STAGE_2] = {
		/* An offload of parameters, which stage 2 has not, is given up. */
		.options = { DSFIT_TYPE_ZERO_2, DSFIT_TYPE_OPTIMIZER_CPU, DSFIT_TYPE_QLORA },
		.goes = is_not_quantised_at_stage_3,
	},
	[DSFIT_RETRAIN_LORA_STAGE_3] = {
		.options = { DSFIT_TYPE_ZERO_3, DSFIT_TYPE_LORA },
		.goes = may_be_partitioned_instead,
	},
};

/* --- making them --------------------------------------------------------------------------- */

/* Add an option behind the others. What was typed before with its name is left out. */
static void add_option(struct dsfit_typed *typed, enum dsfit_typed_option option)
{
	size_t kept = 0;

	for (size_t i = 0; i < typed->count; i++)
		if (typed_options[typed->options[i]].name != typed_options[option].name)
			typed->options[kept++] = typed->options[i];
	typed->options[kept] = option;
	typed->count = kept + 1;
}

int dsfit_training_change(const struct dsfit_training_change *change, uint64_t batch,
			  uint64_t parameters, struct dsfit_training *t, struct dsfit_typed *typed)
{
	if (change->halves_batch && !batch)
		return -1;
	if (change->halves_batch)
		typed->batch = batch;
	for (size_t i = 0; i < DSFIT_CHANGE_OPTIONS && change->options[i]; i++) {
		set_option(t, change->options[i], batch);
		add_option(typed, change->options[i]);
	}
	return dsfit_training_settle(t, parameters, NULL);
}

int dsfit_training_type(const struct dsfit_typed *typed, uint64_t parameters,
			struct dsfit_training *t)
{
	for (size_t i = 0; i < typed->count; i++)
		set_option(t, typed->options[i], typed->batch);
	return dsfit_training_settle(t, parameters, NULL);
}

bool dsfit_typed_same(const struct dsfit_typed *a, const struct dsfit_typed *b)
{
	return a->count == b->count && a->batch == b->batch &&
	       !memcmp(a->options, b->options, a->count * sizeof(a->options[0]));
}

void dsfit_typed_text(const struct dsfit_typed *typed, char text[DSFIT_TRAINING_OPTIONS_MAX])
{
	char number[24];
	size_t length = 0;

	snprintf(number, sizeof(number), "%llu", (unsigned long long)typed->batch);
	text[0] = '\0';
	for (size_t i = 0; i < typed->count; i++)
		length += (size_t)snprintf(text + length, DSFIT_TRAINING_OPTIONS_MAX - length,
					   "%s%s%s", i ? " " : "",
					   typed_options[typed->options[i]].text,
					   typed->options[i] == DSFIT_TYPE_BATCH ? number : "");
}
