/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_ADVICE_H
#define DSFIT_ADVICE_H

#include <stddef.h>
#include <stdint.h>

#include "core/account/account.h"
#include "core/decide/training_changes.h"

/* What a change of the training saves on each GPU of the same layout. */
struct dsfit_advice {
	char options[DSFIT_TRAINING_OPTIONS_MAX];	/* "checkpointing=full" */
	const char *costs;		/* what it costs except memory, in a few words */
	uint64_t saved;			/* bytes per GPU, of the peak */
	uint64_t peak;			/* bytes per GPU that are left */
	uint64_t host;			/* bytes of host memory per node that it costs */
};

#define DSFIT_ADVICE_MAX DSFIT_TRAINING_CHANGES

/*
 * The changes that save at least a hundredth of the peak, those that save most first. Returns how
 * many. `training` is settled. Changes that DeepSpeed refuses, or that do not run on the layout,
 * are left out.
 */
size_t dsfit_advise(const struct dsfit_model *model, const struct dsfit_families *families,
		    const struct dsfit_training *training, const struct dsfit_layout *layout,
		    const struct dsfit_estimate_settings *settings,
		    struct dsfit_advice out[DSFIT_ADVICE_MAX]);

#endif
