/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * More samples, tokens or parameters need more memory, nearly always: a model's assumed shape is
 * rounded, and a batch has to divide what the file says. So bisection alone could end below the
 * largest value. It begins at the largest power of two that fits, and the values above what it
 * finds are judged one by one, until a row of them does not fit.
 *
 *     1   2   4   8   16   32   64       powers of two, from the right
 *     f   f   f   f   f    -    -
 *                     16 ... 32          bisection: fits | does not
 *                         21 22 23 ...   one by one
 */
#include "core/decide/solve.h"

#include "core/base/size.h"

/* Values that are judged above the one found, and small ones that are judged one by one if no power
 * of two fits. */
#define NEAR 32

static uint64_t power_that_fits(uint64_t limit, dsfit_solve_judge judge, void *context)
{
	uint64_t power = 1;

	while (power <= limit / 2)
		power *= 2;
	while (power && !judge(context, power))
		power /= 2;
	return power;
}

uint64_t dsfit_solve(uint64_t limit, dsfit_solve_judge judge, void *context)
{
	uint64_t fits = power_that_fits(limit, judge, context);
	uint64_t misfits = fits ? dsfit_min(dsfit_mul(fits, 2), limit + 1) : 1;

	while (misfits - fits > 1) {
		uint64_t middle = fits + (misfits - fits) / 2;

		if (judge(context, middle))
			fits = middle;
		else
			misfits = middle;
	}
	for (uint64_t value = fits + 1; value <= limit && value <= fits + NEAR; value++)
		if (judge(context, value))
			fits = value;
	return fits;
}

bool dsfit_solve_fits(const struct dsfit_assessment *a)
{
	return a->placed && a->gpu == DSFIT_FITS && a->overall <= DSFIT_UNKNOWN;
}
