/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CARD_FAULTS_H
#define DSFIT_CARD_FAULTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/site/site.h"

/* What is wrong with a card for a training, besides its memory. */
enum dsfit_card_fault {
	DSFIT_CARD_SUITS,
	DSFIT_CARD_IS_SLICE,		/* NCCL joins whole cards only */
	DSFIT_CARD_STOPS_BF16,		/* the training ends as it begins */
	/* Those above are certain to stop a training. With those below it runs, or may. */
	DSFIT_CARD_EMULATES_BF16,
	DSFIT_CARD_LACKS_4_BIT,
};

/* Whether a training with this fault cannot run. */
bool dsfit_card_stops(enum dsfit_card_fault fault);

/* The worst fault of a card for a training on so many of them. `card` may be NULL: unknown. */
enum dsfit_card_fault dsfit_card_fault(const struct dsfit_gpu *card,
				       const struct dsfit_training *training, uint64_t gpus);

/* The fault as one line without a newline, for a user who declares with options of this prefix. */
void dsfit_card_fault_text(enum dsfit_card_fault fault, const struct dsfit_gpu *card,
			   const struct dsfit_training *training, const char *prefix, char *line,
			   size_t size);

#endif
