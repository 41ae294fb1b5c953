/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A refusal that only says no leaves the user to try one option after the other. If no request fits
 * a training as it is declared, a way is looked for to train the same model in less memory. What
 * costs the user least comes first:
 *
 *     fewer samples at a time, with more micro-steps     the same training, a little slower
 *     checkpointing, a higher ZeRO stage                 slower
 *     offload of the optimizer, of parameters, to NVMe   much slower
 *     a fused loss, optimizer states in 8 bits           the user's code changes
 *     LoRA, QLoRA                                        another training
 *
 * Some of these exclude each other, so they are chains. A chain adds one change after the other
 * until there is room, and then leaves out what is not needed, the costliest first:
 *
 *     batch=2  batch=1  checkpointing=full  zero=3  offload=optimizer:cpu      room
 *     batch=1           checkpointing=full          offload=optimizer:cpu      room without zero=3
 *
 * If GPUs are too small even with all of a chain, none of it is tried.
 */
#include "core/decide/ways.h"

#include "core/base/array.h"
#include "core/base/size.h"

#define CHAIN_MAX 14

struct chain {
	size_t kept;			/* the first ones are always made: so many */
	enum dsfit_retrain change[CHAIN_MAX];
};

#define CHEAP DSFIT_RETRAIN_FLASH, DSFIT_RETRAIN_BATCH, DSFIT_RETRAIN_CHECKPOINTING, \
	      DSFIT_RETRAIN_STAGE_1
#define OFFLOADS DSFIT_RETRAIN_STAGE_3, DSFIT_RETRAIN_OPTIMIZER_CPU, DSFIT_RETRAIN_PARAM_CPU, \
		 DSFIT_RETRAIN_OPTIMIZER_NVME, DSFIT_RETRAIN_ALL_NVME, DSFIT_RETRAIN_END
#define EIGHT_BITS DSFIT_RETRAIN_STAGE_3, DSFIT_RETRAIN_ADAM8BIT, DSFIT_RETRAIN_END
#define FOUR_BITS DSFIT_RETRAIN_QLORA, DSFIT_RETRAIN_QLORA_STAGE_2
#define BELOW_STAGE_3 DSFIT_RETRAIN_STAGE_2, DSFIT_RETRAIN_OPTIMIZER_CPU, DSFIT_RETRAIN_END

static const struct chain chains[] = {
	{ 0, { CHEAP, OFFLOADS } },
	{ 0, { CHEAP, DSFIT_RETRAIN_FUSED_LOSS, OFFLOADS } },
	{ 0, { CHEAP, EIGHT_BITS } },
	{ 0, { CHEAP, DSFIT_RETRAIN_FUSED_LOSS, EIGHT_BITS } },
	{ 1, { DSFIT_RETRAIN_LORA, CHEAP, OFFLOADS } },
	{ 1, { DSFIT_RETRAIN_LORA, CHEAP, DSFIT_RETRAIN_FUSED_LOSS, OFFLOADS } },
	{ 2, { FOUR_BITS, CHEAP, BELOW_STAGE_3 } },
	{ 2, { FOUR_BITS, CHEAP, DSFIT_RETRAIN_FUSED_LOSS, BELOW_STAGE_3 } },
	{ 1, { DSFIT_RETRAIN_LORA_STAGE_3, CHEAP, OFFLOADS } },
	{ 1, { DSFIT_RETRAIN_LORA_STAGE_3, CHEAP, DSFIT_RETRAIN_FUSED_LOSS, OFFLOADS } },
};

/* A walk along one chain. */
struct walk {
	const struct chain *chain;
	const struct dsfit_workload *workload;
	uint64_t micro_batch;
	dsfit_way_judge judge;
	void *context;
	bool has[CHAIN_MAX];		/* which of its changes are made */
	unsigned halvings, halvings_max;	/* of the micro-batch */
	/* What was judged last; see struct dsfit_way. */
	struct dsfit_typed typed;
	bool fused_loss;
	uint64_t accumulation;
};

/* --- from changes to a training ----------------------------------------------------------- */

/* Add a change to the way, and make it in *training. Changes that do nothing there are left
 * out. Returns 0, or -1 if DeepSpeed refuses it. */
static int add_change(struct walk *walk, enum dsfit_retrain which, struct dsfit_training *training)
{
	const struct dsfit_training_change *change = &dsfit_training_changes[which];
	uint64_t batch = walk->micro_batch >> walk->halvings;

	if ((change->halves_batch && !walk->halvings) || !change->goes(training))
		return 0;
	if (dsfit_training_change(change, batch, walk->workload->model.parameters, training,
				  &walk->typed))
		return -1;
	if (change->halves_batch && !training->train_batch)
		walk->accumulation = dsfit_mul(training->accumulation,
					       dsfit_div_up(walk->micro_batch, batch));
	walk->fused_loss |= change->fuses_loss;
	return 0;
}

/* Make the way of the present changes, and the workload that the user will declare with it. Returns
 * 0, or -1 if DeepSpeed refuses it. */
static int make(struct walk *walk, struct dsfit_workload *other)
{
	struct dsfit_training training = walk->workload->training;

	walk->typed = (struct dsfit_typed){ .count = 0 };
	walk->fused_loss = false;
	walk->accumulation = 0;
	for (size_t i = 0; walk->chain->change[i] != DSFIT_RETRAIN_END; i++)
		if (walk->has[i] && add_change(walk, walk->chain->change[i], &training))
			return -1;
	*other = *walk->workload;
	return dsfit_training_type(&walk->typed, other->model.parameters, &other->training);
}

/* --- along the chain ---------------------------------------------------------------------- */

static enum dsfit_room judge(struct walk *walk)
{
	struct dsfit_workload other;

	return make(walk, &other) ? DSFIT_NO_ROOM : walk->judge(walk->context, &other);
}

/* The same, except that the way which was judged last is not judged again: it had no room. */
static enum dsfit_room judge_new(struct walk *walk)
{
	const struct dsfit_typed last = walk->typed;
	struct dsfit_workload other;

	if (make(walk, &other) || dsfit_typed_same(&last, &walk->typed))
		return DSFIT_NO_ROOM;
	return walk->judge(walk->context, &other);
}

/* Leave out the changes before the end-th that are not needed, the costliest first. Returns whether
 * there is room still, as there is unless the judge has run out of time. */
static bool leave_out(struct walk *walk, size_t end)
{
	unsigned halvings = walk->halvings;

	for (size_t i = end; i-- > walk->chain->kept; ) {
		if (walk->chain->change[i] == DSFIT_RETRAIN_BATCH) {
			for (walk->halvings = 0; walk->halvings < halvings; walk->halvings++)
				if (judge(walk) == DSFIT_ROOM)
					break;
			continue;
		}
		walk->has[i] = false;
		if (judge(walk) != DSFIT_ROOM)
			walk->has[i] = true;
	}
	/* What is judged last is the way that was found. */
	return judge(walk) == DSFIT_ROOM;
}

/* Add the i-th change of the chain. Returns whether there is room with it. */
static bool add_until_room(struct walk *walk, size_t i)
{
	walk->has[i] = true;
	if (walk->chain->change[i] != DSFIT_RETRAIN_BATCH)
		return judge_new(walk) == DSFIT_ROOM;
	for (walk->halvings = 1; walk->halvings <= walk->halvings_max; walk->halvings++)
		if (judge_new(walk) == DSFIT_ROOM)
			return true;
	walk->halvings = walk->halvings_max;
	return false;
}

/* Whether the GPUs have room with all of the chain. */
static bool has_hope(struct walk *walk)
{
	enum dsfit_room room;

	for (size_t i = 0; i < CHAIN_MAX; i++)
		walk->has[i] = true;
	walk->halvings = walk->halvings_max;
	room = judge(walk);
	for (size_t i = 0; i < CHAIN_MAX; i++)
		walk->has[i] = i < walk->chain->kept;
	walk->halvings = 0;
	return room != DSFIT_NO_ROOM_ON_GPU;
}

/* Walk along a chain. Returns whether what was judged last is a way. */
static bool follow(struct walk *walk)
{
	const struct chain *chain = walk->chain;
	struct dsfit_workload other;

	if (!has_hope(walk))
		return false;
	if (chain->kept && judge(walk) == DSFIT_ROOM)
		return walk->typed.count;
	/* The training may have what makes the chain already; then an earlier one was the same. */
	if (make(walk, &other) || (chain->kept && !walk->typed.count))
		return false;
	for (size_t i = chain->kept; chain->change[i] != DSFIT_RETRAIN_END; i++) {
		if (!add_until_room(walk, i))
			continue;
		return leave_out(walk, i);
	}
	return false;
}

bool dsfit_find_way(const struct dsfit_workload *workload, uint64_t micro_batch,
		    dsfit_way_judge way_judge, void *context, struct dsfit_way *out)
{
	struct walk walk = { .workload = workload, .micro_batch = micro_batch,
			     .judge = way_judge, .context = context };

	if (dsfit_training_changes[DSFIT_RETRAIN_BATCH].goes(&workload->training))
		while (micro_batch >> (walk.halvings_max + 1))
			walk.halvings_max++;
	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(chains); i++) {
		walk.chain = &chains[i];
		if (follow(&walk)) {
			*out = (struct dsfit_way){ .fused_loss = walk.fused_loss,
						   .accumulation = walk.accumulation };
			dsfit_typed_text(&walk.typed, out->options);
			return true;
		}
	}
	return false;
}
