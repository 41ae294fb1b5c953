/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each moment of a step, put together from the files that know its parts:
 *
 *                  forward     loss        backward                          step
 *                              start       head     block      end
 *     between_steps.c  weights, master copy, states, buffers that stay: at all moments
 *     gradients.c      of earlier micro-steps, until the end of backward
 *     gathering.c   x           x           x        x          x
 *     autocast      x           x           x        x
 *     reducing.c                            head's   x
 *     reducing_end.c                                            x
 *     optimizer_step.c                                                       x
 */
#include "core/account/states.h"

#include "core/account/gathering.h"
#include "core/account/gradients.h"
#include "core/account/optimizer_step.h"
#include "core/account/reducing.h"
#include "core/account/reducing_end.h"
#include "core/base/size.h"

/* What exists at all moments of forward and backward. */
static void begin(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
		  struct dsfit_terms *out)
{
	*out = *rest;
	dsfit_gradients_add_earlier(rank, out);
	dsfit_reducing_add_earlier(rank, out);
}

static bool recomputes(const struct dsfit_rank *rank)
{
	return rank->training->checkpointing == DSFIT_CHECKPOINTING_FULL;
}

/*
 * torch.autocast's 16-bit copies of the weights of so many blocks, and of the head. Forward keeps
 * them all in autocast's cache. In backward a block's copies stay until its own backward is
 * through, or exist only while the block is recomputed. Stage 3's linears cast for the product
 * alone.
 */
static void add_autocast(const struct dsfit_rank *rank, uint64_t blocks, bool head,
			 struct dsfit_terms *out)
{
	bool frozen = rank->training->method != DSFIT_METHOD_FULL && rank->width.frozen <= 2;
	const struct dsfit_pieces *cast = frozen ? &rank->trained : &rank->whole;
	uint64_t parameters = dsfit_mul(cast->block, blocks);

	if (dsfit_rank_own_linears(rank))
		return;
	if (head)
		parameters = dsfit_add(parameters,
				       dsfit_rank_tied(rank) ? cast->embedding : cast->head);
	dsfit_terms_add_each(out, DSFIT_TERM_WEIGHTS, "autocast's 16-bit copies", parameters,
			     (double)rank->width.cast);
}

void dsfit_states_forward(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			  struct dsfit_terms *out)
{
	begin(rank, rest, out);
	add_autocast(rank, rank->blocks, false, out);
	dsfit_gathering_in_forward(rank, out);
}

void dsfit_states_loss(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
		       struct dsfit_terms *out)
{
	begin(rank, rest, out);
	add_autocast(rank, rank->blocks, true, out);
	dsfit_gathering_at_loss(rank, out);
}

void dsfit_states_start(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			struct dsfit_terms *out)
{
	begin(rank, rest, out);
	add_autocast(rank, recomputes(rank) ? 0 : rank->blocks, true, out);
	dsfit_gathering_at_loss(rank, out);
}

void dsfit_states_head(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
		       struct dsfit_terms *out)
{
	begin(rank, rest, out);
	add_autocast(rank, recomputes(rank) ? 0 : rank->blocks, true, out);
	dsfit_gathering_in_head(rank, out);
	dsfit_gradients_add(rank, "gradients of the output head", dsfit_gradients_of_head(rank),
			    out);
}

void dsfit_states_head_reduced(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			       struct dsfit_terms *out)
{
	begin(rank, rest, out);
	if (!rank->trained.head || rank->wrapper != DSFIT_WRAPPER_ZERO12)
		return;
	dsfit_gradients_add(rank, "gradients of the output head", rank->trained.head, out);
	/* Those of earlier micro-steps are counted already. */
	if (rank->training->zero == 2 || !dsfit_rank_accumulates(rank))
		dsfit_terms_add(out, DSFIT_TERM_COMMUNICATION, "reduce buckets",
				dsfit_reducing_buckets(rank));
}

void dsfit_states_block(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			uint64_t done, struct dsfit_terms *out)
{
	begin(rank, rest, out);
	add_autocast(rank, recomputes(rank) ? 1 : rank->blocks - done, false, out);
	dsfit_reducing_in_block(rank, done, out);
	dsfit_gathering_in_block(rank, done, out);
}

void dsfit_states_tower(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
			uint64_t done, uint64_t blocks, struct dsfit_terms *out)
{
	begin(rank, rest, out);
	dsfit_reducing_in_tower(rank, done, blocks, out);
	dsfit_gathering_in_tower(rank, done, blocks, out);
}

void dsfit_states_end(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
		      struct dsfit_terms *out)
{
	begin(rank, rest, out);
	/* FSDP has released its last unit. */
	if (rank->wrapper == DSFIT_WRAPPER_ZERO3)
		dsfit_gathering_at_end(rank, out);
	dsfit_reducing_at_end(rank, out);
}

void dsfit_states_step(const struct dsfit_rank *rank, const struct dsfit_terms *rest,
		       struct dsfit_terms *out)
{
	*out = *rest;
	dsfit_optimizer_step(rank, out);
}
