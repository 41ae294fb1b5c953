/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources:
 *     slices   A process sees one slice (NVIDIA's MIG User Guide, "CUDA Device Enumeration"). NCCL
 *              takes two slices of a card for one GPU, and does not support them (its issue 1716).
 *     bf16     DeepSpeed 0.19.8 (engine.py, _do_sanity_check()) and the Trainer's arguments ask
 *              torch.cuda.is_bf16_supported(). Below compute capability 8.0 that was false in torch
 *              2.2. Torch 2.13 says true: it emulates bf16 in fp32, without tensor cores.
 *     4-bit    bitsandbytes needs compute capability 6.0 (its installation guide).
 */
#include "core/site/card_faults.h"

#include <stdio.h>

/* The last release of torch that is known to refuse bf16 on a card without it. */
#define REFUSES_BF16 DSFIT_RELEASE(2, 2)

bool dsfit_card_stops(enum dsfit_card_fault fault)
{
	return fault == DSFIT_CARD_IS_SLICE || fault == DSFIT_CARD_STOPS_BF16;
}

static bool cannot(const struct dsfit_gpu *card, enum dsfit_inability what)
{
	return card->cannot & 1u << what;
}

/* Whether the job says that it trains in bf16: a site's default is no reason for anything. */
static bool declares_bf16(const struct dsfit_training *t)
{
	return t->precision_declared && (t->precision == DSFIT_PRECISION_BF16 ||
					 t->precision == DSFIT_PRECISION_BF16_TRUE);
}

/* Whether something asks torch for bf16 before it trains. A loop of one's own, without an engine
 * and with weights in bf16, does not. */
static bool is_asked_for(const struct dsfit_training *t)
{
	return t->engine == DSFIT_ENGINE_DEEPSPEED || t->precision == DSFIT_PRECISION_BF16;
}

enum dsfit_card_fault dsfit_card_fault(const struct dsfit_gpu *card,
				       const struct dsfit_training *t, uint64_t gpus)
{
	if (!card)
		return DSFIT_CARD_SUITS;
	if (card->whole && gpus > 1)
		return DSFIT_CARD_IS_SLICE;
	if (cannot(card, DSFIT_CANNOT_BF16) && declares_bf16(t))
		return t->torch && t->torch <= REFUSES_BF16 && is_asked_for(t) ?
			       DSFIT_CARD_STOPS_BF16 : DSFIT_CARD_EMULATES_BF16;
	if (cannot(card, DSFIT_CANNOT_4_BIT) && (t->base_weights == DSFIT_BASE_NF4 ||
						 t->base_weights == DSFIT_BASE_NF4_DQ))
		return DSFIT_CARD_LACKS_4_BIT;
	return DSFIT_CARD_SUITS;
}

void dsfit_card_fault_text(enum dsfit_card_fault fault, const struct dsfit_gpu *card,
			   const struct dsfit_training *t, const char *prefix, char *line,
			   size_t size)
{
	switch (fault) {
	case DSFIT_CARD_SUITS:
		line[0] = '\0';
		break;
	case DSFIT_CARD_IS_SLICE:
		snprintf(line, size, "%s is a slice (MIG), and NCCL joins only whole GPUs: no "
			 "training has more than one", card->label);
		break;
	case DSFIT_CARD_STOPS_BF16:
		snprintf(line, size, "%s has no bf16, and torch %llu.%llu stops: \"bf16 is not "
			 "supported\"; train in fp16 (%sprecision=fp16)", card->label,
			 (unsigned long long)(t->torch / 1000),
			 (unsigned long long)(t->torch % 1000), prefix);
		break;
	case DSFIT_CARD_EMULATES_BF16:
		snprintf(line, size, "%s has no bf16 and emulates it, slowly: train in fp16 "
			 "(%sprecision=fp16)", card->label, prefix);
		break;
	case DSFIT_CARD_LACKS_4_BIT:
		snprintf(line, size, "%s has no kernels for 4-bit weights in bitsandbytes",
			 card->label);
		break;
	}
}
