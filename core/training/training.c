/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings of a training depend on each other, on the model's size, and on the number of GPUs.
 * Options, the DeepSpeed file and the site's defaults are read first; what they leave open is
 * decided here, and what DeepSpeed cannot do is rejected:
 *
 *	dsfit_training_settle()       stage -> offload -> base weights, then the contradictions
 *	dsfit_training_fill_auto()    "auto" bucket sizes, once the model's width is known
 *	dsfit_training_on_ranks()     train_batch = micro-batch x accumulation x ranks
 *	dsfit_training_check_ranks()  limits that depend on the number of ranks
 *
 * A rejection names the setting and says what it needs. It comes at submission, where DeepSpeed
 * itself would stop hours later on the nodes. Source: DeepSpeed 0.19.8, deepspeed/runtime.
 */
#include "core/training/training.h"

#include <string.h>

#include "core/base/size.h"
#include "core/guide/tables.h"

const char *const dsfit_offload_names[] = { "none", "cpu", "nvme", NULL };
const char *const dsfit_method_names[] = { "full", "lora", "qlora", NULL };
const char *const dsfit_precision_names[] = { "bf16", "fp16", "bf16-true", "fp32", NULL };
const char *const dsfit_optimizer_names[] = {
	"adamw", "adam8bit", "paged-adam8bit", "lion", "sgd", "sgd-momentum", "adafactor", "muon",
	NULL,
};
const char *const dsfit_checkpointing_names[] = { "none", "selective", "full", NULL };
const char *const dsfit_attention_names[] = { "flash", "eager", NULL };
const char *const dsfit_base_weights_names[] = {
	"fp32", "bf16", "int8", "nf4", "nf4-dq", "gptq4", NULL,
};
const char *const dsfit_lora_targets_names[] = { "qv", "attention", "all-linear", "listed", NULL };
const char *const dsfit_engine_names[] = { "deepspeed", "fsdp", "none", NULL };
const char *const dsfit_answer_names[] = { "undeclared", "yes", "no", NULL };
const char *const dsfit_task_names[] = { "model", "lm", "classify", NULL };
const char *const dsfit_objective_names[] = {
	"sft", "dpo", "kto", "orpo", "reward", "ppo", "grpo", NULL,
};
const char *const dsfit_loss_names[] = { "plain", "fused", "in-place", NULL };
const char *const dsfit_experts_names[] = { "undeclared", "quantised", "whole", NULL };
const char *const dsfit_frozen_names[] = {
	"none", "vision", "projector", "vision+projector", "language", "vision+language",
	"projector+language", "all-but-head", "all-but-embed", NULL,
};

int dsfit_release_split(char *text, uint64_t *release, char **patch)
{
	char *minor = strchr(text, '.');
	uint64_t numbers[2];

	*patch = NULL;
	if (!minor)
		return -1;
	*minor++ = '\0';
	*patch = strchr(minor, '.');
	if (*patch)
		*(*patch)++ = '\0';
	if (dsfit_parse_number(text, 0, 999, &numbers[0], NULL) ||
	    dsfit_parse_number(minor, 0, 999, &numbers[1], NULL))
		return -1;
	*release = DSFIT_RELEASE(numbers[0], numbers[1]);
	return 0;
}

void dsfit_training_defaults(struct dsfit_training *training)
{
	*training = (struct dsfit_training){
		.lora_rank = 8,
		.lora_targets = DSFIT_LORA_QV,
		.micro_batch = 1,
		.accumulation = 1,
		.sequence = 2048,
		/* The default is the setting that needs less memory: refusing a job that
		 * would run is worse than passing one that may not. */
		.checkpointing = DSFIT_CHECKPOINTING_FULL,
		.tensor = 1,
		.pipeline = 1,
		.expert = 1,
		.sequence_parallel = 1,
		.reduce_bucket = 500000000,
		.allgather_bucket = DSFIT_ALLGATHER_BUCKET,
		.prefetch_bucket = 50000000,
		.max_live = 1000000000,
		.max_reuse = 1000000000,
		.persistence = 100000,
		.model_persistence = UINT64_MAX,
		.sub_group = 1000000000,
		.reduce_scatter = true,
		.contiguous_gradients = true,
		.hpz = 1,
		.offload_ratio = 1,
		.pin_optimizer = true,
		.pin_param = true,
		.deepspeed_patch = DSFIT_PATCH_LAST,
		.optimizer_buffers = 4,
		.param_buffers = 5,
		.param_buffer_size = 100000000,
		.param_in_cpu = 1000000000,
		.zero_init = true,
		.eval_batch = DSFIT_EVAL_BATCH,
		.buffer_factor = 1.5,
	};
}

bool dsfit_training_freezes_layers(const struct dsfit_training *t)
{
	return t->method != DSFIT_METHOD_FULL || t->frozen >= DSFIT_FROZEN_LANGUAGE;
}

bool dsfit_training_freezes(const struct dsfit_training *t, enum dsfit_frozen part)
{
	if (t->frozen >= DSFIT_FROZEN_ALL_BUT_HEAD)
		return t->method == DSFIT_METHOD_FULL;
	return t->frozen & part;
}

uint64_t dsfit_training_sequences(const struct dsfit_training *t)
{
	bool pairs = t->objective == DSFIT_OBJECTIVE_DPO || t->objective == DSFIT_OBJECTIVE_ORPO ||
		     t->objective == DSFIT_OBJECTIVE_REWARD;

	return pairs ? dsfit_mul(2, t->micro_batch) : t->micro_batch;
}

bool dsfit_training_has_logprobs(const struct dsfit_training *t)
{
	return t->objective == DSFIT_OBJECTIVE_DPO || t->objective == DSFIT_OBJECTIVE_KTO ||
	       t->objective == DSFIT_OBJECTIVE_PPO || t->objective == DSFIT_OBJECTIVE_GRPO;
}

/* The objectives that compare with the reference's log-probabilities are those that have any. */
bool dsfit_training_has_reference(const struct dsfit_training *t)
{
	if (t->reference != DSFIT_UNDECLARED)
		return t->reference == DSFIT_YES;
	return dsfit_training_has_logprobs(t) && t->method == DSFIT_METHOD_FULL;
}

/* bitsandbytes packs 4-bit weights into bytes, unless bnb_4bit_quant_storage names a float: then
 * ZeRO-3 partitions them. A job that names no stage is taken to have left it out. */
static bool has_nf4(const struct dsfit_training *t)
{
	return t->method == DSFIT_METHOD_QLORA &&
	       (t->base_weights == DSFIT_BASE_NF4 || t->base_weights == DSFIT_BASE_NF4_DQ);
}

/* Muon updates whole matrices, but ZeRO-3 scatters them by default (zero/stage3.py). Only a file
 * can be checked for this, because no option says how gradients are reduced. */
static bool has_scattered_muon(const struct dsfit_training *t)
{
	return t->optimizer_in_file && t->optimizer == DSFIT_OPTIMIZER_MUON && t->reduce_scatter;
}

/* The stage: the given one, or the hardware guide's for the model's size. */
static int settle_stage(struct dsfit_training *t, uint64_t parameters, struct dsfit_error *err)
{
	if (t->engine == DSFIT_ENGINE_NONE)
		t->zero = 0;
	else if (!t->zero_given)
		t->zero = t->pipeline > 1 ? 1 :
			  t->engine == DSFIT_ENGINE_DEEPSPEED &&
			  (has_nf4(t) || has_scattered_muon(t)) ? 2 :
			  dsfit_guide_stage(parameters);
	if (t->engine == DSFIT_ENGINE_DEEPSPEED && t->pipeline > 1 && t->zero > 1)
		return dsfit_fail(err, "parallel=pipeline:%llu: DeepSpeed's pipeline engine takes "
				  "ZeRO stages 0 and 1, but the job uses stage %u",
				  (unsigned long long)t->pipeline, t->zero);
	return 0;
}

static bool asks_offload(const struct dsfit_training *t)
{
	return t->asked_optimizer != DSFIT_OFFLOAD_NONE || t->asked_param != DSFIT_OFFLOAD_NONE;
}

/* Whether one device was given for everything that the stage can offload. */
static bool asks_all(const struct dsfit_training *t)
{
	return !t->offload_in_file && asks_offload(t) && t->asked_optimizer == t->asked_param;
}

/* Reduce an offload to what the stage can do, unless the user asked for it by hand. */
static void adapt_offload(struct dsfit_training *t)
{
	const bool adapts = t->offload_in_file || t->offload_default;

	if (t->offload_all != DSFIT_OFFLOAD_NONE) {
		t->asked_optimizer = t->asked_param = t->offload_all;
		t->offload_all = DSFIT_OFFLOAD_NONE;
	} else if (adapts && !asks_offload(t)) {
		t->asked_optimizer = t->offload_optimizer;
		t->asked_param = t->offload_param;
	}
	if (!asks_offload(t)) {
		t->offload_default = false;
		return;
	}
	t->offload_optimizer = t->asked_optimizer;
	t->offload_param = t->zero == 3 ? t->asked_param : DSFIT_OFFLOAD_NONE;
	if (adapts && t->zero < 3 && t->offload_optimizer == DSFIT_OFFLOAD_NVME)
		t->offload_optimizer = DSFIT_OFFLOAD_CPU;
	if (t->offload_default && t->zero == 0)
		t->offload_optimizer = DSFIT_OFFLOAD_NONE;
}

/* Decide where the states are, and reject what the stage cannot offload. */
static int settle_offload(struct dsfit_training *t, struct dsfit_error *err)
{
	adapt_offload(t);
	if (t->zero == 0 && t->offload_optimizer != DSFIT_OFFLOAD_NONE)
		return dsfit_fail(err, "offload=%s%s: ZeRO stage 0 cannot offload; use stage 1, 2 "
				  "or 3", asks_all(t) ? "" : "optimizer:",
				  dsfit_offload_names[t->offload_optimizer]);
	if (t->zero < 3 && t->offload_param != DSFIT_OFFLOAD_NONE)
		return dsfit_fail(err, "offload=param:%s: only ZeRO stage 3 offloads parameters, "
				  "but the job uses stage %u",
				  dsfit_offload_names[t->offload_param], t->zero);
	if (t->zero < 3 && t->offload_optimizer == DSFIT_OFFLOAD_NVME)
		return dsfit_fail(err, "offload=nvme: only ZeRO stage 3 offloads to NVMe, but the "
				  "job uses stage %u", t->zero);
	return 0;
}

static int settle_base(struct dsfit_training *t, struct dsfit_error *err)
{
	if (!t->base_weights_given)
		t->base_weights = t->method == DSFIT_METHOD_QLORA ? DSFIT_BASE_NF4 :
									   DSFIT_BASE_BF16;
	if (t->method == DSFIT_METHOD_QLORA && t->base_weights <= DSFIT_BASE_BF16)
		return dsfit_fail(err, "base-weights=%s: qlora needs a quantised base: use "
				  "int8, nf4, nf4-dq or gptq4",
				  dsfit_base_weights_names[t->base_weights]);
	return 0;
}

/* Twin-Flow keeps a part of the optimizer on the GPU (zero/config.py, zero/stage3.py). */
static int check_ratio(const struct dsfit_training *t, struct dsfit_error *err)
{
	if (t->offload_ratio >= 1)
		return 0;
	if (t->zero != 3)
		return dsfit_fail(err, "config: \"zero_optimization.offload_optimizer.ratio\": "
				  "%g: only ZeRO stage 3 offloads in part, but the job uses "
				  "stage %u", t->offload_ratio, t->zero);
	if (t->offload_optimizer != DSFIT_OFFLOAD_NONE && t->optimizer != DSFIT_OPTIMIZER_ADAMW)
		return dsfit_fail(err, "config: \"zero_optimization.offload_optimizer.ratio\": "
				  "%g: only Adam is offloaded in part, but the job uses %s",
				  t->offload_ratio, dsfit_optimizer_names[t->optimizer]);
	return 0;
}

/* Either of them sets no_master. */
#define MASTER_KEYS "config: bf16_master_weights_and_grads or fp16_master_weights_and_grads"

enum dsfit_accumulate dsfit_training_weights(enum dsfit_precision precision)
{
	switch (precision) {
	case DSFIT_PRECISION_BF16:
		return DSFIT_ACCUMULATE_BF16;
	case DSFIT_PRECISION_FP16:
		return DSFIT_ACCUMULATE_FP16;
	case DSFIT_PRECISION_FP32:
		return DSFIT_ACCUMULATE_FP32;
	default:
		return DSFIT_ACCUMULATE_AS_WEIGHTS;
	}
}

/* Without ZeRO, gradients are accumulated in the type of the weights, whichever it is
 * (engine.py, _do_optimizer_sanity_check()). */
static int check_accumulation(const struct dsfit_training *t, struct dsfit_error *err)
{
	static const char *const names[] = {
		[DSFIT_ACCUMULATE_BF16] = "bf16", [DSFIT_ACCUMULATE_FP32] = "fp32",
		[DSFIT_ACCUMULATE_FP16] = "fp16",
	};
	const enum dsfit_accumulate weights = dsfit_training_weights(t->precision);

	if (t->zero || t->accumulate == DSFIT_ACCUMULATE_AS_WEIGHTS ||
	    weights == DSFIT_ACCUMULATE_AS_WEIGHTS || t->accumulate == weights)
		return 0;
	return dsfit_fail(err, "config: \"data_types.grad_accum_dtype\": %s: ZeRO stage 0 "
			  "accumulates %s gradients in %s", names[t->accumulate], names[weights],
			  names[weights]);
}

/* 16-bit master copies, and gradients accumulated in another type than the weights'
 * (base_optimizer.py, config.py, engine.py). */
static int check_types(const struct dsfit_training *t, struct dsfit_error *err)
{
	if (t->no_master && t->zero == 0)
		return dsfit_fail(err, MASTER_KEYS " works only with ZeRO stages 1 to 3, but the "
				  "job uses stage 0");
	if (t->no_master && !t->bf16_states && t->offload_optimizer == DSFIT_OFFLOAD_NONE)
		return dsfit_fail(err, MASTER_KEYS " needs an offloaded optimizer or "
				  "bf16_optimizer_states");
	return check_accumulation(t, err);
}

int dsfit_training_settle(struct dsfit_training *t, uint64_t parameters, struct dsfit_error *err)
{
	if (settle_base(t, err) || settle_stage(t, parameters, err) || settle_offload(t, err))
		return -1;
	if (t->engine == DSFIT_ENGINE_DEEPSPEED && t->zero == 3 && has_scattered_muon(t))
		return dsfit_fail(err, "config: \"zero_optimization.reduce_scatter\": must be "
				  "false for Muon with ZeRO stage 3");
	if (t->engine == DSFIT_ENGINE_DEEPSPEED && (check_ratio(t, err) || check_types(t, err)))
		return -1;
	if (!t->overlap_comm_given)
		t->overlap_comm = t->zero == 3;
	return 0;
}

void dsfit_training_fill_auto(struct dsfit_training *t, uint64_t hidden)
{
	uint64_t square = dsfit_mul(hidden, hidden);

	if (!hidden)
		return;
	if (t->reduce_bucket_auto)
		t->reduce_bucket = square;
	if (t->prefetch_bucket_auto)
		t->prefetch_bucket = dsfit_scale(square, 0.9);
	if (t->persistence_auto)
		t->persistence = dsfit_mul(hidden, 10);
}

/* Check that train_batch is the product of its parts. The error shows the arithmetic. */
static int check_batch_on_ranks(const struct dsfit_training *t, uint64_t ranks,
				struct dsfit_error *err)
{
	uint64_t made = dsfit_mul(dsfit_mul(t->micro_batch, t->accumulation), ranks);

	if (made == t->train_batch)
		return 0;
	/* A part that follows from the others is 0 if no sample is left for it. */
	if (!made && t->accumulation)
		return dsfit_fail(err, "train_batch_size %llu is too small for accumulation %llu "
				  "on %llu ranks", (unsigned long long)t->train_batch,
				  (unsigned long long)t->accumulation, (unsigned long long)ranks);
	if (!made)
		return dsfit_fail(err, "train_batch_size %llu is too small for micro-batch %llu on "
				  "%llu ranks", (unsigned long long)t->train_batch,
				  (unsigned long long)dsfit_max(t->micro_batch, 1),
				  (unsigned long long)ranks);
	return dsfit_fail(err, "train_batch_size is %llu, but micro-batch %llu x accumulation "
			  "%llu x %llu ranks = %llu", (unsigned long long)t->train_batch,
			  (unsigned long long)t->micro_batch, (unsigned long long)t->accumulation,
			  (unsigned long long)ranks, (unsigned long long)made);
}

int dsfit_training_on_ranks(const struct dsfit_training *training, uint64_t ranks,
			    struct dsfit_training *out, struct dsfit_error *err)
{
	struct dsfit_training t = *training;
	uint64_t share;

	if (!ranks)
		return dsfit_fail(err, "the request leaves no data-parallel rank");
	if (!t.train_batch) {
		t.train_batch = dsfit_mul(dsfit_mul(t.micro_batch, t.accumulation), ranks);
		*out = t;
		return 0;
	}
	/* Samples per rank; 0 if there are more ranks than samples. */
	share = t.train_batch / ranks;
	if (t.micro_batch_given && !t.accumulation_given) {
		t.accumulation = share / t.micro_batch;
	} else if (!t.micro_batch_given && t.accumulation_given) {
		t.micro_batch = share / t.accumulation;
	} else if (!t.micro_batch_given) {
		/* "auto" leaves the micro-batch to Hugging Face's arguments, which dsfit does
		 * not see: its own default counts if it divides the share. */
		if (!t.micro_batch_auto || share % t.micro_batch)
			t.micro_batch = share;
		t.accumulation = t.micro_batch ? share / t.micro_batch : 0;
	}
	if (check_batch_on_ranks(&t, ranks, err))
		return -1;
	*out = t;
	return 0;
}

int dsfit_training_check_ranks(const struct dsfit_training *t, uint64_t ranks,
			       uint64_t data_parallel, uint64_t largest_parameter,
			       struct dsfit_error *err)
{
	uint64_t group = t->hpz < ranks ? t->hpz : ranks, partition;

	if (t->engine != DSFIT_ENGINE_DEEPSPEED || t->zero != 3 || !ranks || !data_parallel)
		return 0;
	if (group && ranks % group)
		return dsfit_fail(err, "\"zero_optimization.zero_hpz_partition_size\": %llu does "
				  "not divide %llu ranks", (unsigned long long)t->hpz,
				  (unsigned long long)ranks);
	if (t->mics_shard && data_parallel % t->mics_shard)
		return dsfit_fail(err, "\"zero_optimization.mics_shard_size\": %llu does not "
				  "divide %llu data-parallel ranks",
				  (unsigned long long)t->mics_shard,
				  (unsigned long long)data_parallel);
	partition = dsfit_div_up(largest_parameter, data_parallel);
	/* If the offload comes from an option, dsfit has not seen the file with buffer_size. */
	if (t->offload_in_file && t->offload_param == DSFIT_OFFLOAD_NVME &&
	    partition > t->param_buffer_size)
		return dsfit_fail(err, "\"zero_optimization.offload_param.buffer_size\": %llu is "
				  "less than a rank's part of the largest parameter, %llu / %llu "
				  "(ranks) = %llu elements",
				  (unsigned long long)t->param_buffer_size,
				  (unsigned long long)largest_parameter,
				  (unsigned long long)data_parallel,
				  (unsigned long long)partition);
	return 0;
}
