/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What forward keeps for backward, what a block needs while it runs, and the loss. */
#include "core/activations.h"

#include "core/size.h"

/*
 * Bytes a token that one block keeps for its backward: Hugging Face's llama (gated) to the byte,
 * the paper's 34 h for GPT's plain block (Korthikanti et al. 2022, without scores). A frozen
 * linear saves no input, hence the smaller coefficients under LoRA.
 */
static uint64_t layer_kept(const struct dsfit_basis *b)
{
	const struct dsfit_shape *s = &b->model->shape;
	const struct dsfit_training *t = b->training;
	uint64_t h = s->hidden, a = s->heads, q = s->heads * s->head_size;
	uint64_t kv = s->kv_heads * s->head_size, f = s->ffn, r = t->lora_rank, kept;

	if (s->experts)
		f = (s->experts_per_token + s->shared_experts) * s->expert_ffn;
	if (!s->gated)
		kept = t->method == DSFIT_METHOD_FULL ? 18 * h + 4 * f + 4 * a : 12 * h + 2 * f;
	else if (t->method == DSFIT_METHOD_FULL)
		kept = 16 * h + 8 * f + 4 * q + 4 * kv + 4 * a + 8;
	else if (t->lora_targets == DSFIT_LORA_ALL_LINEAR)
		kept = 12 * h + 8 * f + 4 * q + 4 * kv + 4 * a + 8 + 14 * r;
	else
		kept = 10 * h + 6 * f + 4 * q + 4 * kv + 4 * a + 8 + 4 * r;
	if (t->checkpointing == DSFIT_CHECKPOINTING_SELECTIVE)
		kept = dsfit_min(kept, 34 * h);
	else if (t->attention == DSFIT_ATTENTION_EAGER)
		/* The scores, their softmax and its dropout mask: 5as² a sample (same paper). */
		kept += 5 * a * (t->sequence / t->sequence_parallel);
	if (t->precision == DSFIT_PRECISION_FP32)
		kept *= 2;
	return kept / t->tensor;
}

void dsfit_activations_follow(const struct dsfit_basis *b, struct dsfit_activations *out)
{
	const struct dsfit_training *t = b->training;
	uint64_t layer = dsfit_mul(layer_kept(b), b->tokens), kept;
	uint64_t in_flight = dsfit_min(t->pipeline, t->accumulation);
	uint64_t input = dsfit_mul(2 * b->model->shape.hidden, b->tokens);
	uint64_t entries = dsfit_mul(b->model->shape.vocab, b->tokens) / t->tensor;

	*out = (struct dsfit_activations){ .layer_kept = layer };
	if (t->checkpointing == DSFIT_CHECKPOINTING_FULL) {
		out->layer_kept = dsfit_mul(input, in_flight);
		out->layer_backward = layer;
	}
	kept = dsfit_mul(out->layer_kept, b->blocks);
	/* Logits in 16 bits, their fp32 copy, its softmax's gradient and the 16-bit gradient. */
	out->held_loss = dsfit_mul(entries, 6);
	out->forward_loss = dsfit_mul(entries, 10);
	out->start_loss = dsfit_mul(entries, 12);
	out->held = dsfit_add(kept, out->held_loss);
	out->forward = dsfit_add(kept, out->forward_loss);
	out->start = dsfit_add(kept, out->start_loss);
}
