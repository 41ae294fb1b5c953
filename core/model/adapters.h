/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ADAPTERS_H
#define DSFIT_ADAPTERS_H

#include <stdint.h>

#include "core/model/model.h"
#include "core/model/tensors.h"
#include "core/training/training.h"

/* Whether an adapter is on this tensor; the words are those below. */
bool dsfit_lora_targets(const struct dsfit_tensor *tensor, enum dsfit_lora_targets targets);

/*
 * Parameters of LoRA adapters: r * sum of (in + out) over the linears they are on. PEFT's words:
 * all-linear is every nn.Linear and its kin but the head, in blocks and around them; routed
 * experts that are 3-D parameters have none. qv is q_proj and v_proj, or where queries, keys and
 * values are one matrix (query_key_value, qkv_proj, c_attn) that one; attention is all of its
 * matrices. Saturates.
 */
uint64_t dsfit_lora_parameters(const struct dsfit_model *model, uint64_t rank,
			       enum dsfit_lora_targets targets);

/* The same off a list of the model's tensors that is there already. */
uint64_t dsfit_lora_count(const struct dsfit_tensors *list, const struct dsfit_model *model,
			  uint64_t rank, enum dsfit_lora_targets targets);

#endif
