/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deepspeed.initialize() in stages 1 and 2, before the first step: __init__() of
 * zero/stage_1_and_2.py. With a small batch it can be the highest moment of a whole run.
 *
 *     flatten_dense_tensors_aligned()    the trained weights, copied into one flat buffer
 *     _update_model_bit16_weights()      parameters become views of it: the copy is gone
 *     clone().to(fp32)                   the partition's master copy
 *     initialize_optimizer_states()      a gradient for it; before 0.13.2 the states too
 *
 * Before 0.18.7 the flat buffer is made on the host.
 */
#include "core/account/initialise.h"

#include "core/account/release.h"
#include "core/base/size.h"

uint64_t dsfit_initialise_bytes(const struct dsfit_rank *rank)
{
	uint64_t trained = dsfit_mul(rank->trainable, rank->width.weight);
	uint64_t frozen = dsfit_sub(rank->weight_bytes, trained), flattening, master = 0;

	if (rank->wrapper != DSFIT_WRAPPER_ZERO12)
		return 0;
	flattening = dsfit_mul(trained, dsfit_release_flattens_on_host(rank->training) ? 1 : 2);
	if (!dsfit_rank_offloads_optimizer(rank)) {
		master = dsfit_mul(dsfit_mul(rank->partition, 4), 2);
		if (dsfit_release_steps_at_start(rank->training))
			master = dsfit_add(master,
					   dsfit_scale(rank->partition, rank->width.states));
	}
	return dsfit_add(frozen, dsfit_max(flattening, dsfit_add(trained, master)));
}
