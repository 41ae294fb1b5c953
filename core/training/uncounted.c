/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/training/uncounted.h"

size_t dsfit_training_uncounted(const struct dsfit_training *t,
				struct dsfit_uncounted out[DSFIT_UNCOUNTED_MAX])
{
	static const char not_used[] = "Hugging Face's models do not use it";
	size_t count = 0;

	/* all_gather_dp_groups() divides by it only where torch has no all_gather_into_tensor(),
	 * and gathers into the weights either way. */
	if (t->allgather_bucket != DSFIT_ALLGATHER_BUCKET)
		out[count++] = (struct dsfit_uncounted){ "allgather_bucket_size",
							 "it does not change the memory" };
	/* DeepSpeed quantises what is frozen when it partitions the model. PEFT freezes it later
	 * where the model is made under zero.Init. */
	if (t->quantized_frozen)
		out[count++] = (struct dsfit_uncounted){ "zero_quantized_nontrainable_weights",
							 "frozen weights are counted in 16 bits" };
	if (t->partition_activations)
		out[count++] = (struct dsfit_uncounted){ "partition_activations", not_used };
	if (t->cpu_checkpointing)
		out[count++] = (struct dsfit_uncounted){ "cpu_checkpointing", not_used };
	return count;
}
