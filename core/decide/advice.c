/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/advice.h"

#include <stdlib.h>

#include "core/base/size.h"
#include "core/model/family.h"

static int by_saving(const void *a, const void *b)
{
	const struct dsfit_advice *x = a, *y = b;

	return (x->saved < y->saved) - (x->saved > y->saved);
}

size_t dsfit_advise(const struct dsfit_model *model, const struct dsfit_families *families,
		    const struct dsfit_training *training, const struct dsfit_layout *layout,
		    const struct dsfit_estimate_settings *settings,
		    struct dsfit_advice out[DSFIT_ADVICE_MAX])
{
	struct dsfit_account before, after;
	size_t count = 0;

	dsfit_account(model, families, training, layout, settings, &before);
	for (size_t i = 0; i < DSFIT_TRAINING_CHANGES; i++) {
		const struct dsfit_training_change *change = &dsfit_training_changes[i];
		struct dsfit_advice one = { .costs = change->costs };
		struct dsfit_training changed = *training;
		struct dsfit_typed typed = { .count = 0 };

		if (!change->is_advised || !change->is_advised(training) ||
		    dsfit_training_change(change, before.micro_batch / 2, model->parameters,
					  &changed, &typed) ||
		    dsfit_layout_check(model, &changed, layout, NULL))
			continue;
		dsfit_account(model, families, &changed, layout, settings, &after);
		one.saved = dsfit_sub(before.gpu.peak, after.gpu.peak);
		one.peak = after.gpu.peak;
		one.host = dsfit_sub(after.host.own, before.host.own);
		if (!one.saved || one.saved < before.gpu.peak / 100)
			continue;
		dsfit_typed_text(&typed, one.options);
		out[count++] = one;
	}
	qsort(out, count, sizeof(*out), by_saving);
	return count;
}
