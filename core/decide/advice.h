/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ADVICE_H
#define DSFIT_ADVICE_H

#include <stddef.h>
#include <stdint.h>

#include "core/account/account.h"

/*
 * What a change of the training would save on each GPU: the account made again with the change,
 * on the same GPUs. The change is the user's to make; nothing here makes it.
 */
struct dsfit_advice {
	char options[64];		/* "checkpointing=full"; "" where no option says it */
	const char *what;		/* in words, where no option says it; else NULL */
	const char *costs;		/* what it costs beside memory, in a few words */
	uint64_t saved;			/* bytes a GPU, of the peak */
	uint64_t peak;			/* what is left */
	uint64_t host;			/* bytes a node that it costs in host memory */
};

#define DSFIT_ADVICE_MAX 12

/*
 * Changes that save at least a hundredth of the peak, the most first; returns how many. The
 * training is settled; changes that DeepSpeed or the layout refuse are left out.
 */
size_t dsfit_advise(const struct dsfit_model *model, const struct dsfit_families *families,
		    const struct dsfit_training *training, const struct dsfit_layout *layout,
		    const struct dsfit_estimate_settings *settings,
		    struct dsfit_advice out[DSFIT_ADVICE_MAX]);

#endif
