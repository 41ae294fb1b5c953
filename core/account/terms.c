/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/account/terms.h"

#include "core/base/size.h"

const char *const dsfit_term_names[] = {
	"weights", "gradients", "optimizer", "communication", "activations", "loss", NULL,
};

uint64_t dsfit_terms_total(const struct dsfit_terms *terms)
{
	uint64_t sum = 0;

	for (int i = 0; i < DSFIT_TERMS; i++)
		sum = dsfit_add(sum, terms->of[i]);
	return sum;
}

static void add_part(struct dsfit_terms *terms, struct dsfit_part part)
{
	terms->of[part.term] = dsfit_add(terms->of[part.term], part.bytes);
	if (!part.bytes)
		return;
	if (terms->part_count == DSFIT_PARTS_MAX) {
		struct dsfit_part *last = &terms->part[DSFIT_PARTS_MAX - 1];

		*last = (struct dsfit_part){ part.term, "other parts",
					     dsfit_add(last->bytes, part.bytes), 0 };
		return;
	}
	terms->part[terms->part_count++] = part;
}

void dsfit_terms_add(struct dsfit_terms *terms, enum dsfit_term term, const char *cause,
		     uint64_t bytes)
{
	add_part(terms, (struct dsfit_part){ term, cause, bytes, 0 });
}

void dsfit_terms_add_each(struct dsfit_terms *terms, enum dsfit_term term, const char *cause,
			  uint64_t count, double width)
{
	add_part(terms, (struct dsfit_part){ term, cause, dsfit_scale(count, width), count });
}
