/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ADAPTERS_H
#define DSFIT_ADAPTERS_H

#include <stdint.h>

#include "core/model/model.h"
#include "core/model/tensors.h"
#include "core/training/training.h"

/* Whether this tensor gets an adapter. */
bool dsfit_lora_targets(const struct dsfit_tensor *tensor, const struct dsfit_training *training);

/*
 * The parameters of LoRA adapters: r * (in + out), summed over the linears that have one.
 * Saturates. The targets mean the same as in PEFT. all-linear is every linear except the head,
 * inside and outside the blocks; routed experts that are 3-D parameters get none. qv is q_proj and
 * v_proj, or the one matrix that has both (query_key_value, qkv_proj, c_attn). attention is all
 * matrices of attention. Listed modules are all that do what the list says.
 */
uint64_t dsfit_lora_parameters(const struct dsfit_model *model,
			       const struct dsfit_training *training);

/* Parameters of the modules that are trained whole beside the adapters (modules_to_save): each is a
 * copy. Saturates. */
uint64_t dsfit_saved_modules(const struct dsfit_model *model,
			     const struct dsfit_training *training);

/* Parameters that are trained: all of them, those that are not frozen, or adapters and what is
 * trained beside them. Saturates. */
uint64_t dsfit_trainable(const struct dsfit_model *model, const struct dsfit_training *training);

/* The same, from a list of the model's tensors that the caller already has. */
uint64_t dsfit_lora_count(const struct dsfit_tensors *list, const struct dsfit_model *model,
			  const struct dsfit_training *training);

#endif
