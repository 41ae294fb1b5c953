/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes that a GPU sends in an optimizer step, those that leave its node, and the speed at which
 * they must be sent so that computing does not wait too long.
 */
#include "core/account/network.h"

#include "core/account/gradients.h"
#include "core/account/rank.h"
#include "core/base/size.h"
#include "core/guide/tables.h"

/* Bytes in a step. */
struct traffic {
	uint64_t sent;			/* that a GPU sends, in all */
	uint64_t between;		/* of them, bytes that a node's link carries */
};

/* Bytes that each of N ranks sends when a ring gathers or scatters so many: (N - 1) / N of them. */
static uint64_t ring(uint64_t bytes, uint64_t ranks)
{
	return dsfit_scale(bytes, (double)(ranks - 1) / (double)ranks);
}

/* Add a ring over `group` ranks. It leaves each node once, so that a node's link carries what one
 * GPU sends; a group within a node does not use the link. */
static void add(struct traffic *t, const struct dsfit_rank *rank, uint64_t bytes, uint64_t group)
{
	uint64_t sent = ring(bytes, group);

	t->sent = dsfit_add(t->sent, sent);
	if (group > rank->layout->gpus_per_node)
		t->between = dsfit_add(t->between, sent);
}

/*
 * Data parallelism. Stages 0 to 2 reduce the gradients, and gather them or the weights, once a
 * step. Stage 3 gathers the weights in forward and in backward and scatters the gradients, in each
 * micro-step (Rajbhandari et al. 2020). ZeRO++ gathers 8 bits, scatters 4 bits, and gathers within
 * the node in backward (Wang et al. 2023). MiCS does as stage 3 in its group, and once a step
 * reduces the gradients over the groups (Zhang et al. 2022).
 */
static void data_parallel(const struct dsfit_rank *rank, struct traffic *out)
{
	const struct dsfit_training *t = rank->training;
	uint64_t gradients = dsfit_mul(rank->trainable, rank->width.sent);
	uint64_t gather = rank->weight_bytes, steps = t->accumulation, group = rank->ranks;

	if (t->zero < 3) {
		uint64_t back = gradients;

		/* Stages 1 and 2 gather weights, whatever type gradients are sent in. */
		if (t->zero)
			back = dsfit_gradients_bytes(rank, rank->trainable);
		add(out, rank, dsfit_add(gradients, back), rank->ranks);
		return;
	}
	if (t->mics_shard && t->mics_shard < rank->ranks) {
		group = t->mics_shard;
		add(out, rank, dsfit_mul(dsfit_div_up(gradients, group), 2), rank->ranks);
	}
	if (t->quantized_weights)
		gather /= 2;
	if (t->quantized_gradients)
		gradients /= 4;
	add(out, rank, dsfit_mul(gather, steps), group);
	add(out, rank, dsfit_mul(gather, steps), t->hpz > 1 ? dsfit_min(t->hpz, group) : group);
	add(out, rank, dsfit_mul(gradients, steps), group);
}

/*
 * Parallelism within the model, in each block and micro-step. Tensor: two all-reduces of the
 * block's output forward and two backward (Shoeybi et al. 2019). Sequence: four all-to-alls forward
 * and four backward (Jacobs et al. 2023). Expert: each token goes to its experts and back, forward
 * and backward (Rajbhandari et al. 2022). A pipeline stage passes on one output, which is small
 * beside these.
 */
static void model_parallel(const struct dsfit_rank *rank, struct traffic *out)
{
	const struct dsfit_training *t = rank->training;
	const struct dsfit_shape *s = &rank->model->shape;
	uint64_t output = dsfit_mul(dsfit_mul(2 * s->hidden, rank->tokens), t->accumulation);
	uint64_t layers = dsfit_div_up(s->layers, t->pipeline), all = dsfit_mul(output, layers);

	if (t->tensor > 1)
		add(out, rank, dsfit_mul(all, 8), t->tensor);
	if (t->sequence_parallel > 1)
		add(out, rank, dsfit_mul(all, 8) / t->sequence_parallel, t->sequence_parallel);
	if (t->expert > 1 && s->experts)
		add(out, rank, dsfit_mul(all, 4 * s->experts_per_token), t->expert);
}

/*
 * Floating-point operations of one GPU in a step. Each token takes 2 for each active parameter
 * forward, 2 backward for the input's gradient, 2 for the weight's own gradient if it is trained,
 * and 2 more if backward recomputes forward. Adapters are computed beside the frozen weights.
 */
static double operations(const struct dsfit_rank *rank)
{
	const struct dsfit_training *t = rank->training;
	double frozen = t->checkpointing == DSFIT_CHECKPOINTING_FULL ? 6 : 4, all;

	all = (double)rank->model->active / (double)(t->tensor * t->pipeline);
	if (t->method == DSFIT_METHOD_FULL)
		all *= frozen + 2;
	else
		all = frozen * all + (frozen + 2) * (double)rank->trainable;
	return all * (double)rank->tokens * (double)t->accumulation;
}

void dsfit_network_account(const struct dsfit_rank *rank, struct dsfit_network_account *out)
{
	const struct dsfit_estimate_settings *settings = rank->settings;
	struct traffic traffic = { 0, 0 };
	double speed = rank->layout->tflops * 1e12 * settings->utilisation, allowed;

	data_parallel(rank, &traffic);
	model_parallel(rank, &traffic);
	out->bytes_per_step = traffic.sent;
	out->between = traffic.between;
	out->step_seconds = rank->layout->tflops > 0 ? operations(rank) / speed : 0;
	if (rank->layout->nodes < 2)
		return;
	out->required = out->low = dsfit_guide_network();
	if (!(out->step_seconds > 0))
		return;
	/* The network keeps up if sending takes no longer than computing, plus the share of the
	 * step that may be spent waiting. */
	allowed = out->step_seconds / (1 - settings->network_wait);
	out->required = dsfit_max(out->required, dsfit_scale(traffic.between, 8 / allowed));
	out->low = dsfit_max(out->low,
			     dsfit_scale(traffic.between, 8 * settings->utilisation_low /
								  settings->utilisation / allowed));
}
