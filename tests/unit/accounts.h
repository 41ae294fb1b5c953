/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_ACCOUNTS_H
#define DSFIT_TESTS_ACCOUNTS_H

#include "tests/unit/unit.h"

#include "core/account/account.h"

static inline bool accounts_same_part(const struct dsfit_part *a, const struct dsfit_part *b)
{
	return a->term == b->term && !strcmp(a->cause, b->cause) && a->bytes == b->bytes &&
	       a->count == b->count;
}

/* Whether two accounts are equal in every figure. The parts have padding, so they are compared
 * member by member. */
static inline bool accounts_same(const struct dsfit_account *a, const struct dsfit_account *b)
{
	struct dsfit_account one = *a, other = *b;

	if (a->gpu.part_count != b->gpu.part_count)
		return false;
	for (size_t i = 0; i < a->gpu.part_count; i++)
		if (!accounts_same_part(&a->gpu.part[i], &b->gpu.part[i]))
			return false;
	memset(one.gpu.part, 0, sizeof(one.gpu.part));
	memset(other.gpu.part, 0, sizeof(other.gpu.part));
	/* dsfit_account() begins with zeros, so the padding between the members is equal too. */
	return !memcmp(&one, &other, sizeof(one));
}

#endif
