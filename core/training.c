/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/training.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

const char *const dsfit_offload_names[] = { "none", "cpu", "nvme", NULL };
const char *const dsfit_method_names[] = { "full", "lora", "qlora", NULL };
const char *const dsfit_precision_names[] = { "bf16", "fp16", "bf16-true", "fp32", NULL };
const char *const dsfit_optimizer_names[] = {
	"adamw", "adam8bit", "lion", "sgd", "adafactor", "muon", NULL,
};
const char *const dsfit_checkpointing_names[] = { "none", "selective", "full", NULL };
const char *const dsfit_attention_names[] = { "flash", "eager", NULL };
const char *const dsfit_base_weights_names[] = {
	"fp32", "bf16", "int8", "nf4", "nf4-dq", "gptq4", NULL,
};
const char *const dsfit_lora_targets_names[] = { "qv", "attention", "all-linear", NULL };
const char *const dsfit_engine_names[] = { "deepspeed", "fsdp", "none", NULL };
const char *const dsfit_goal_names[] = { "development", "experiment", "production", NULL };

void dsfit_training_defaults(struct dsfit_training *training)
{
	*training = (struct dsfit_training){
		.lora_rank = 8,
		.lora_targets = DSFIT_LORA_QV,
		.micro_batch = 1,
		.accumulation = 1,
		.sequence = 2048,
		/* Where nothing is said the account leans to what fits: a gate that refuses
		 * a job that runs is worse than one that lets a doubtful one pass. */
		.checkpointing = DSFIT_CHECKPOINTING_FULL,
		.tensor = 1,
		.pipeline = 1,
		.expert = 1,
		.sequence_parallel = 1,
		.reduce_bucket = 500000000,
		.allgather_bucket = 500000000,
		.prefetch_bucket = 50000000,
		.max_live = 1000000000,
		.max_reuse = 1000000000,
		.persistence = 100000,
		.sub_group = 1000000000,
		.contiguous_gradients = true,
		.hpz = 1,
		.offload_ratio = 1,
		.optimizer_buffers = 4,
		.param_buffers = 5,
		.param_buffer_size = 100000000,
		.zero_init = true,
		.buffer_factor = 1.5,
	};
}

int dsfit_word(const char *const *names, const char *word)
{
	for (int i = 0; names[i]; i++)
		if (!strcasecmp(names[i], word))
			return i;
	return -1;
}

int dsfit_parse_word(const char *const *names, const char *word, struct dsfit_error *err)
{
	char accepted[256] = "";
	int found = dsfit_word(names, word);

	if (found >= 0)
		return found;
	for (int i = 0; names[i]; i++) {
		size_t length = strlen(accepted);

		snprintf(accepted + length, sizeof(accepted) - length, "%s%s", i ? ", " : "",
			 names[i]);
	}
	return dsfit_fail(err, "%s: accepted are %s", word, accepted);
}

int dsfit_training_settle(struct dsfit_training *t, uint64_t parameters, struct dsfit_error *err)
{
	if (t->engine == DSFIT_ENGINE_NONE)
		t->zero = 0;
	else if (!t->zero_given)
		t->zero = t->pipeline > 1 ? 1 : dsfit_guide_stage(parameters);
	if (t->engine == DSFIT_ENGINE_DEEPSPEED && t->pipeline > 1 && t->zero > 1)
		return dsfit_fail(err, "parallel=pipeline:%llu: DeepSpeed's pipeline engine takes "
				  "ZeRO stages 0 and 1, this is stage %u",
				  (unsigned long long)t->pipeline, t->zero);
	if (t->offload_all != DSFIT_OFFLOAD_NONE) {
		if (t->zero == 0)
			return dsfit_fail(err, "offload=%s: ZeRO stage 0 offloads nothing; "
					  "stages 1 to 3 do",
					  dsfit_offload_names[t->offload_all]);
		t->offload_optimizer = t->offload_all;
		t->offload_as_staged = true;
		if (t->zero == 3)
			t->offload_param = t->offload_all;
		t->offload_all = DSFIT_OFFLOAD_NONE;
	}
	if (t->zero == 0 && t->offload_optimizer != DSFIT_OFFLOAD_NONE)
		return dsfit_fail(err, "offload=optimizer:%s: ZeRO stage 0 offloads nothing; "
				  "stages 1 to 3 do", dsfit_offload_names[t->offload_optimizer]);
	if (t->zero < 3 && t->offload_param != DSFIT_OFFLOAD_NONE)
		return dsfit_fail(err, "offload=param:%s: only ZeRO stage 3 offloads parameters, "
				  "this is stage %u", dsfit_offload_names[t->offload_param],
				  t->zero);
	if (t->zero < 3 && t->offload_optimizer == DSFIT_OFFLOAD_NVME)
		return dsfit_fail(err, "offload=nvme: only ZeRO stage 3 offloads to NVMe, this is "
				  "stage %u", t->zero);
	if (!t->base_weights_given)
		t->base_weights = t->method == DSFIT_METHOD_QLORA ? DSFIT_BASE_NF4 :
									   DSFIT_BASE_BF16;
	if (t->method == DSFIT_METHOD_QLORA && t->base_weights <= DSFIT_BASE_BF16)
		return dsfit_fail(err, "base-weights=%s: qlora has a quantised base: accepted are "
				  "int8, nf4, nf4-dq, gptq4",
				  dsfit_base_weights_names[t->base_weights]);
	if (!t->overlap_comm_given)
		t->overlap_comm = t->zero == 3;
	return 0;
}
