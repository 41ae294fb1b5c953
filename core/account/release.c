/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Releases and their traits. Each was read in the library's source on both sides of the change, and
 * followed in a step where that is said.
 */
#include "core/account/release.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/array.h"

/* What families.conf was traced with. */
static const struct dsfit_releases traced = {
	.transformers = DSFIT_RELEASE(5, 23),
	.torch = DSFIT_RELEASE(2, 13),
	.deepspeed = DSFIT_RELEASE(0, 19),
};

struct dsfit_releases dsfit_releases_of(const struct dsfit_training *t)
{
	return (struct dsfit_releases){
		.transformers = t->transformers ? t->transformers : traced.transformers,
		.torch = t->torch ? t->torch : traced.torch,
		.deepspeed = t->deepspeed ? t->deepspeed : traced.deepspeed,
	};
}

const char *dsfit_release_text(uint64_t release, char text[DSFIT_RELEASE_TEXT])
{
	snprintf(text, DSFIT_RELEASE_TEXT, "%" PRIu64 ".%" PRIu64, release / DSFIT_RELEASE(1, 0),
		 release % DSFIT_RELEASE(1, 0));
	return text;
}

/*
 * ForCausalLMLoss() of transformers' loss/loss_utils.py. 4.46 to 4.48: "shift_logits = logits[...,
 * :-1, :].contiguous()" of the fp32 logits; since 4.49 the labels are padded and shifted instead.
 * Before 4.46 each model did the same in its own forward(), where "logits = logits.float()" lets go
 * of the 16-bit logits, which the caller of a function keeps. Traced, in bytes a token and word of
 * the vocabulary: forward 12 with 4.45.2, 14 with 4.48.3, 10 with 5.23; backward 12 with each.
 */
bool dsfit_release_copies_logits(const struct dsfit_training *t)
{
	return t->loss != DSFIT_LOSS_FUSED && t->objective == DSFIT_OBJECTIVE_SFT &&
	       t->task != DSFIT_TASK_CLASSIFY &&
	       dsfit_releases_of(t).transformers < DSFIT_RELEASE(4, 49);
}

bool dsfit_release_keeps_logits(const struct dsfit_training *t)
{
	return dsfit_releases_of(t).transformers >= DSFIT_RELEASE(4, 46);
}

/*
 * forward() of modeling_falcon.py, modeling_opt.py, modeling_bloom.py, modeling_gpt2.py and others
 * in 4.45, and of modeling_gpt_neox.py until 4.48: CrossEntropyLoss() of the shifted logits as they
 * are. Traced with 4.45.2, in bytes a token and word of the vocabulary: held 2, forward 6, backward
 * 6.
 */
bool dsfit_release_loss_is_narrow(const struct dsfit_training *t, uint64_t since)
{
	return t->objective == DSFIT_OBJECTIVE_SFT && t->loss == DSFIT_LOSS_PLAIN &&
	       dsfit_releases_of(t).transformers < since;
}

/*
 * gradient_checkpointing_enable() of modeling_utils.py: use_reentrant is True by default in 4.x and
 * False in 5. FSDP registers, for a unit that has nothing to train, a hook on its inputs
 * (_register_post_backward_reshard_only_hook() of torch/distributed/fsdp/_runtime_utils.py) and
 * drops it at the end of backward. With a reentrant checkpoint these inputs are the checkpoint
 * itself, detached, and their gradient is on them. Followed with PyTorch 2.4.1, FSDP of two ranks
 * and LoRA: 4h bytes a token and layer, 2h without FSDP or with use_reentrant=False.
 */
bool dsfit_release_holds_checkpoints(const struct dsfit_training *t)
{
	return t->engine == DSFIT_ENGINE_FSDP && t->zero == 3 && t->method != DSFIT_METHOD_FULL &&
	       t->checkpointing == DSFIT_CHECKPOINTING_FULL &&
	       dsfit_releases_of(t).transformers < DSFIT_RELEASE(5, 0);
}

/*
 * The Trainer's default (default_optim of training_args.py) is adamw_torch, and since 4.57, or
 * rather with PyTorch 2.8, adamw_torch_fused. PyTorch's AdamW takes foreach on CUDA unless told
 * otherwise: _multi_tensor_adamw() of torch/optim/adamw.py has exp_avg_sq_sqrt for all parameters
 * at the same time. DeepSpeed has an AdamW of its own.
 */
bool dsfit_release_steps_foreach(const struct dsfit_training *t)
{
	struct dsfit_releases releases = dsfit_releases_of(t);

	if (t->foreach != DSFIT_UNDECLARED)
		return t->foreach == DSFIT_YES;
	return t->engine != DSFIT_ENGINE_DEEPSPEED && t->optimizer == DSFIT_OPTIMIZER_ADAMW &&
	       (releases.transformers < DSFIT_RELEASE(4, 57) ||
		releases.torch < DSFIT_RELEASE(2, 8));
}

/*
 * In 4.x a mixture's expert is a module of nn.Linear (MixtralBlockSparseTop2MLP), in 5 all experts
 * are 3-D parameters, which bitsandbytes leaves alone. GPTQ's files have a matrix for each expert.
 */
bool dsfit_release_quantises_experts(const struct dsfit_training *t)
{
	if (t->experts != DSFIT_EXPERTS_UNDECLARED)
		return t->experts == DSFIT_EXPERTS_QUANTISED;
	return t->base_weights == DSFIT_BASE_GPTQ4 ||
	       dsfit_releases_of(t).transformers < DSFIT_RELEASE(5, 0);
}

/* Whether the job's DeepSpeed is older than major.minor.patch. */
static bool deepspeed_before(const struct dsfit_training *t, uint64_t release, uint64_t patch)
{
	uint64_t runs = dsfit_releases_of(t).deepspeed;

	return runs < release || (runs == release && t->deepspeed_patch < patch);
}

/* pin_memory of runtime/zero/offload_config.py: False in 0.19.4, True in 0.19.5. */
bool dsfit_release_pins(const struct dsfit_training *t, bool pins, bool given)
{
	return given ? pins : pins && !deepspeed_before(t, DSFIT_RELEASE(0, 19), 5);
}

/*
 * initialize_optimizer_states() of zero/stage_1_and_2.py steps Adam with a gradient of zeros; since
 * 0.13.2 only Adagrad. Followed on two ranks: 0.13.1 had two states more than 0.13.5.
 */
bool dsfit_release_steps_at_start(const struct dsfit_training *t)
{
	return deepspeed_before(t, DSFIT_RELEASE(0, 13), 2);
}

/*
 * __init__() of zero/stage_1_and_2.py. Until 0.18.6 it moves a group's weights to the CPU, flattens
 * them there and sends the flat buffer to the GPU; since 0.18.7 only if the GPU has no room for
 * the copy.
 */
bool dsfit_release_flattens_on_host(const struct dsfit_training *t)
{
	return deepspeed_before(t, DSFIT_RELEASE(0, 18), 7);
}

/*
 * step() of zero/stage_1_and_2.py. Since 0.17.0 it has
 * param_buffer_of_bit16_for_cpu_offload_groups; 0.14.5 to 0.16.9 have
 * fp32_partition.to(device) instead; 0.13.5 has copy_() across devices, which narrows first.
 * Followed on one rank: 0.17.6 had 2 bytes a parameter more than 0.16.9 between steps. In stage 3
 * 0.16.9 and 0.19.8 had the same.
 */
bool dsfit_release_returns_halves(const struct dsfit_training *t)
{
	return !deepspeed_before(t, DSFIT_RELEASE(0, 17), 0);
}

bool dsfit_release_returns_singles(const struct dsfit_training *t)
{
	return deepspeed_before(t, DSFIT_RELEASE(0, 17), 0) &&
	       !deepspeed_before(t, DSFIT_RELEASE(0, 14), 0);
}

/* DEFAULT_LEAF_MODULE_CLASSES of deepspeed/runtime/zero/leaf_module_config.py. */
bool dsfit_release_mixture_is_leaf(const struct dsfit_model *model)
{
	static const char *const families[] = { "mixtral", "qwen2_moe", "qwen3_moe" };

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(families); i++)
		if (!strcmp(model->family, families[i]))
			return true;
	return false;
}
