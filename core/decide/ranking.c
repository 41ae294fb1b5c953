/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/decide/ranking.h"

#include <string.h>

/* Prices that differ by less than this share are the same price, added up in another order. */
#define SAME_PRICE 1e-9

/* Negative if a is lower, positive if b is. A price that is not known is the highest. */
static int compare_prices(double a, double b)
{
	if ((a < 0) != (b < 0))
		return a < 0 ? 1 : -1;
	if (a < 0 || (a - b <= SAME_PRICE * b && b - a <= SAME_PRICE * a))
		return 0;
	return a < b ? -1 : 1;
}

bool dsfit_waits_too_long(const struct dsfit_site *site, const struct dsfit_assessment *a)
{
	return a->waiting < 0 || a->waiting > site->production_wait;
}

bool dsfit_is_better(const struct dsfit_site *site, enum dsfit_goal goal,
		     const struct dsfit_assessment *a, const struct dsfit_assessment *b)
{
	int order = 0;

	if (dsfit_may_wait(a) != dsfit_may_wait(b))
		return dsfit_may_wait(b);
	if (goal == DSFIT_GOAL_PRODUCTION) {
		bool too_long = dsfit_waits_too_long(site, b);

		if (dsfit_waits_too_long(site, a) != too_long)
			return too_long;
		order = compare_prices(a->price_per_billion, b->price_per_billion);
	}
	if (!order)
		order = compare_prices(a->price, b->price);
	if (order)
		return order < 0;
	if (a->layout.gpus != b->layout.gpus)
		return a->layout.gpus < b->layout.gpus;
	if (a->layout.nodes != b->layout.nodes)
		return a->layout.nodes < b->layout.nodes;
	/* Nobody has declared the evaluation, so it decides only between equals. */
	if (a->price >= 0 && dsfit_evaluation_is_tight(a) != dsfit_evaluation_is_tight(b))
		return dsfit_evaluation_is_tight(b);
	/* A site keeps its classes in the order of the configuration. */
	return a->class < b->class;
}

static bool comes_before(const struct dsfit_ranking *ranking, const struct dsfit_alternative *a,
			 const struct dsfit_alternative *b)
{
	if (a->assessment.overall != b->assessment.overall)
		return a->assessment.overall < b->assessment.overall;
	if (ranking->goal == DSFIT_GOAL_EXPERIMENT && a->preemptible != b->preemptible)
		return a->preemptible;
	return dsfit_is_better(ranking->site, ranking->goal, &a->assessment, &b->assessment);
}

static bool leaves_gpus_over(const struct dsfit_alternative *row)
{
	return !dsfit_divides_node(row->assessment.class, row->assessment.layout.gpus_per_node);
}

/* Whether a makes b pointless. */
static bool supersedes(enum dsfit_goal goal, const struct dsfit_alternative *a,
		       const struct dsfit_alternative *b)
{
	const struct dsfit_layout *at = &a->assessment.layout, *bt = &b->assessment.layout;

	return !strcmp(a->request.gpu_type, b->request.gpu_type) &&
	       dsfit_may_wait(&a->assessment) <= dsfit_may_wait(&b->assessment) &&
	       (at->gpus == bt->gpus || (at->gpus < bt->gpus && leaves_gpus_over(b))) &&
	       at->nodes <= bt->nodes && a->assessment.overall <= b->assessment.overall &&
	       (goal != DSFIT_GOAL_EXPERIMENT || a->preemptible == b->preemptible) &&
	       compare_prices(a->assessment.price, b->assessment.price) <= 0;
}

/* What supersedes a row comes before it, so that one walk through the rows finds both: first those
 * that may supersede the new row, then those that it may supersede. */
void dsfit_rank(struct dsfit_ranking *ranking, const struct dsfit_alternative *row)
{
	struct dsfit_alternative *rows = ranking->rows;
	size_t at = 0, left;

	while (at < ranking->count && !comes_before(ranking, row, &rows[at]))
		if (supersedes(ranking->goal, &rows[at++], row))
			return;
	for (size_t i = left = at; i < ranking->count; i++)
		if (!supersedes(ranking->goal, row, &rows[i]))
			rows[left++] = rows[i];
	ranking->count = left;
	if (at == ranking->capacity)
		return;
	if (ranking->count < ranking->capacity)
		ranking->count++;
	memmove(&rows[at + 1], &rows[at], (ranking->count - at - 1) * sizeof(*row));
	rows[at] = *row;
}
