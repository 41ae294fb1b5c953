/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/misfit.h"

/* Whether a GPU that needs `low` bytes of `capacity` is at least as full as the closest
 * misfit's. */
static bool is_as_full(const struct dsfit_assessment *closest, uint64_t low, uint64_t capacity)
{
	return (double)low * (double)closest->gpu_capacity >=
	       (double)closest->account.gpu.low * (double)capacity;
}

/* Whether the training stops there, and is too large besides: then why it stops is not what is
 * missing. */
static bool is_pointless(const struct dsfit_assessment *a)
{
	return (a->stop.text[0] || dsfit_card_stops(a->fault)) && a->gpu == DSFIT_EXCEEDS;
}

static bool is_closer(const struct dsfit_assessment *a, const struct dsfit_assessment *closest)
{
	bool exceeds = a->overall == DSFIT_EXCEEDS;

	if (is_pointless(a) != is_pointless(closest))
		return is_pointless(closest);
	if (exceeds != (closest->overall == DSFIT_EXCEEDS))
		return !exceeds;
	return !is_as_full(closest, a->account.gpu.low, a->gpu_capacity);
}

void dsfit_note_misfit(struct dsfit_assessment *closest, const struct dsfit_assessment *misfit)
{
	if (!closest || !misfit->gpu_capacity)
		return;
	if (!closest->placed || is_closer(misfit, closest))
		*closest = *misfit;
}

bool dsfit_may_be_closer(const struct dsfit_assessment *closest, uint64_t low, uint64_t capacity)
{
	return !closest->placed || is_pointless(closest) || !is_as_full(closest, low, capacity) ||
	       (closest->overall == DSFIT_EXCEEDS && low <= capacity);
}
