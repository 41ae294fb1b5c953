/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of alternatives, which of them are kept, and which misfit comes closest. */
#include "core/decide/ranking.h"

#include "core/decide/misfit.h"
#include "tests/unit/jobs.h"

/* A production run that is cheaper per token comes second if it waits too long for its network. The
 * limit is a fifth of the step, unless the site sets another. */
START_TEST(waiting_too_long)
{
	struct dsfit_assessment a = { .price = 10, .price_per_billion = 10, .waiting = 0.2 };
	struct dsfit_assessment b = { .price = 5, .price_per_billion = 5, .waiting = 0.2 };
	struct dsfit_site *site = site_of("%s", ""), *patient = site_of("production-wait = 0.25");

	ck_assert(dsfit_is_better(site, DSFIT_GOAL_PRODUCTION, &b, &a));
	ck_assert(!dsfit_is_better(site, DSFIT_GOAL_PRODUCTION, &a, &b));
	b.waiting = 0.2001;
	ck_assert(dsfit_is_better(site, DSFIT_GOAL_PRODUCTION, &a, &b));
	ck_assert(!dsfit_is_better(site, DSFIT_GOAL_PRODUCTION, &b, &a));
	ck_assert(dsfit_is_better(patient, DSFIT_GOAL_PRODUCTION, &b, &a));
	ck_assert(dsfit_is_better(site, DSFIT_GOAL_DEVELOPMENT, &b, &a));
	/* An unknown wait does not count as short. */
	b.waiting = -1;
	ck_assert(dsfit_is_better(site, DSFIT_GOAL_PRODUCTION, &a, &b));
	a.waiting = 0.9;
	ck_assert(dsfit_is_better(site, DSFIT_GOAL_PRODUCTION, &b, &a));
	dsfit_site_free(patient);
	dsfit_site_free(site);
}
END_TEST

/* Only of two at the same price and size the one with room for an undeclared evaluation is better,
 * and only if the price is known. */
START_TEST(room_for_an_evaluation)
{
	struct dsfit_assessment a = { .price = 2, .gpu_capacity = 30 }, b;
	static const struct dsfit_node_class classes[2];
	struct dsfit_site *site = site_of("%s", "");

	a.account.gpu.high_declared = 20;
	a.account.gpu.high = 40;
	b = a;
	b.gpu_capacity = 50;
	a.class = &classes[0];
	b.class = &classes[1];
	ck_assert(dsfit_is_better(site, DSFIT_GOAL_DEVELOPMENT, &b, &a));
	ck_assert(!dsfit_is_better(site, DSFIT_GOAL_DEVELOPMENT, &a, &b));
	b.layout.gpus = 1;
	ck_assert(dsfit_is_better(site, DSFIT_GOAL_DEVELOPMENT, &a, &b));
	b.layout.gpus = 0;
	b.price = 3;
	ck_assert(dsfit_is_better(site, DSFIT_GOAL_DEVELOPMENT, &a, &b));
	a.price = b.price = -1;
	ck_assert(dsfit_is_better(site, DSFIT_GOAL_DEVELOPMENT, &a, &b));
	dsfit_site_free(site);
}
END_TEST

/* --- which rows are kept ----------------------------------------------------------------- */

/* A number of nodes, with so many GPUs on each, of a class with four GPUs per node. */
struct row {
	const char *type;
	enum dsfit_verdict verdict;
	uint64_t nodes, per_node;
	double price;
	unsigned kind;			/* PREEMPTIBLE, WAITS, or 0 */
};

enum { PREEMPTIBLE = 1, WAITS = 2 };

static const struct {
	const char *what;
	enum dsfit_goal goal;
	size_t capacity;
	struct row rows[4];		/* in the order in which they are added */
	const char *kept;		/* the prices of the rows that are kept, in their order */
} rankings[] = {
	{ "by price", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 1, 2, 3, 0 }, { "y", 0, 1, 2, 1, 0 }, { "z", 0, 1, 2, 2, 0 } }, "123" },
	{ "verdicts come before prices", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", DSFIT_TIGHT, 1, 2, 1, 0 }, { "y", DSFIT_FITS, 1, 2, 3, 0 } }, "31" },
	{ "no more than there is room for", DSFIT_GOAL_DEVELOPMENT, 2,
	  { { "x", 0, 1, 2, 3, 0 }, { "y", 0, 1, 2, 1, 0 }, { "z", 0, 1, 2, 2, 0 } }, "12" },
	{ "nor a worse one where there is none", DSFIT_GOAL_DEVELOPMENT, 2,
	  { { "x", 0, 1, 2, 1, 0 }, { "y", 0, 1, 2, 2, 0 }, { "z", 0, 1, 2, 3, 0 } }, "12" },
	{ "as many GPUs on more nodes at no lower price", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 1, 4, 2, 0 }, { "x", 0, 2, 2, 3, 0 } }, "2" },
	{ "whichever comes first", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 2, 2, 3, 0 }, { "x", 0, 1, 4, 2, 0 } }, "2" },
	{ "two at once", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 2, 2, 3, 0 }, { "x", 0, 4, 1, 4, 0 }, { "y", 0, 4, 1, 5, 0 },
	    { "x", 0, 1, 4, 2, 0 } }, "25" },
	{ "a lower price is worth a row", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 1, 4, 3, 0 }, { "x", 0, 2, 2, 2, 0 } }, "23" },
	{ "so are fewer nodes", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 2, 2, 2, 0 }, { "x", 0, 1, 4, 3, 0 } }, "23" },
	{ "and another type", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 1, 4, 2, 0 }, { "y", 0, 2, 2, 3, 0 } }, "23" },
	{ "and a better verdict", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", DSFIT_TIGHT, 1, 4, 2, 0 }, { "x", DSFIT_FITS, 2, 2, 3, 0 } }, "32" },
	/* With 3 of a node's 4 GPUs, one is left over. */
	{ "GPUs left over are worth it if they are fewer", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 1, 3, 2, 0 }, { "x", 0, 1, 4, 3, 0 } }, "23" },
	{ "not if fewer will do", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 1, 2, 2, 0 }, { "x", 0, 1, 3, 3, 0 } }, "2" },
	{ "whole parts of a node stay", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 1, 2, 2, 0 }, { "x", 0, 1, 4, 3, 0 } }, "23" },
	{ "an experiment's preemptible rows come first", DSFIT_GOAL_EXPERIMENT, 9,
	  { { "x", 0, 1, 2, 1, 0 }, { "y", 0, 1, 2, 2, 1 } }, "21" },
	{ "and both kinds are kept", DSFIT_GOAL_EXPERIMENT, 9,
	  { { "x", 0, 1, 4, 2, 1 }, { "x", 0, 2, 2, 3, 0 } }, "23" },
	{ "to others the kind is one", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 1, 4, 2, 1 }, { "x", 0, 2, 2, 3, 0 } }, "2" },
	{ "a row that waits for its network comes last", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 1, 2, 1, WAITS }, { "y", 0, 1, 2, 3, 0 } }, "31" },
	{ "also of production", DSFIT_GOAL_PRODUCTION, 9,
	  { { "x", 0, 1, 2, 1, WAITS }, { "y", 0, 1, 2, 3, 0 } }, "31" },
	{ "and makes none pointless that does not wait", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 1, 4, 1, WAITS }, { "x", 0, 2, 2, 3, 0 } }, "31" },
	{ "but one that waits too", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 1, 4, 1, WAITS }, { "x", 0, 2, 2, 3, WAITS } }, "1" },
	{ "and is made pointless by one that does not", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 2, 2, 3, WAITS }, { "x", 0, 1, 4, 1, 0 } }, "1" },
	{ "a price that is not known comes last", DSFIT_GOAL_DEVELOPMENT, 9,
	  { { "x", 0, 1, 2, -1, 0 }, { "y", 0, 1, 2, 9, 0 } }, "9/" },
};

START_TEST(kept)
{
	const struct dsfit_node_class class = { .gpus = 4 };
	struct dsfit_alternative rows[9];
	struct dsfit_site *site = unit_site();
	struct dsfit_ranking ranking = { site, rankings[_i].goal, rows, rankings[_i].capacity, 0 };
	char prices[10] = "";

	for (size_t i = 0; i < 4 && rankings[_i].rows[i].type; i++) {
		const struct row *row = &rankings[_i].rows[i];
		struct dsfit_alternative one = { .preemptible = row->kind & PREEMPTIBLE };

		strcpy(one.request.gpu_type, row->type);
		one.assessment.overall = row->verdict;
		one.assessment.class = &class;
		one.assessment.price = row->price;
		one.assessment.network = row->kind & WAITS ? DSFIT_EXCEEDS : DSFIT_FITS;
		one.assessment.layout = (struct dsfit_layout){
			.nodes = row->nodes,
			.gpus_per_node = row->per_node,
			.gpus = row->nodes * row->per_node,
		};
		dsfit_rank(&ranking, &one);
		ck_assert_uint_le(ranking.count, ranking.capacity);
	}
	for (size_t i = 0; i < ranking.count; i++)
		prices[i] = (char)('0' + (int)rows[i].assessment.price);
	ck_assert_msg(!strcmp(prices, rankings[_i].kept), "%s: %s", rankings[_i].what,
		      prices);
	dsfit_site_free(site);
}
END_TEST

/* --- which comes first --------------------------------------------------------------------- */

START_TEST(better)
{
	struct dsfit_site *site = unit_site();
	const struct dsfit_node_class *n = site->classes;
	static const struct {
		enum dsfit_goal goal;
		double token[2], hour[2];	/* prices */
		uint64_t gpus[2], nodes[2];
		unsigned class[2];
		int first;			/* 0 or 1; -1: neither */
	} rows[] = {
		{ DSFIT_GOAL_DEVELOPMENT, { 9, 1 }, { 1, 2 }, { 8, 1 }, { 8, 1 }, { 1, 0 }, 0 },
		{ DSFIT_GOAL_PRODUCTION, { 9, 1 }, { 1, 2 }, { 1, 8 }, { 1, 8 }, { 0, 1 }, 1 },
		{ DSFIT_GOAL_PRODUCTION, { 1, 1 }, { 1, 2 }, { 8, 1 }, { 8, 1 }, { 1, 0 }, 0 },
		{ DSFIT_GOAL_EXPERIMENT, { 9, 1 }, { 1, 2 }, { 8, 1 }, { 8, 1 }, { 1, 0 }, 0 },
		{ DSFIT_GOAL_DEVELOPMENT, { 1, 1 }, { 2, 2 }, { 8, 1 }, { 1, 8 }, { 0, 1 }, 1 },
		{ DSFIT_GOAL_DEVELOPMENT, { 1, 1 }, { 2, 2 }, { 8, 8 }, { 8, 1 }, { 0, 1 }, 1 },
		{ DSFIT_GOAL_DEVELOPMENT, { 1, 1 }, { 2, 2 }, { 8, 8 }, { 1, 1 }, { 1, 0 }, 1 },
		{ DSFIT_GOAL_DEVELOPMENT, { 1, 1 }, { 2, 2 }, { 8, 8 }, { 1, 1 }, { 1, 1 }, -1 },
		/* Prices that differ only by rounding, and unknown prices. */
		{ DSFIT_GOAL_DEVELOPMENT, { 1, 1 }, { 2 + 1e-10, 2 }, { 1, 8 }, { 1, 1 }, { 0, 0 },
		  0 },
		{ DSFIT_GOAL_DEVELOPMENT, { 1, 1 }, { 2 + 1e-6, 2 }, { 1, 8 }, { 1, 1 }, { 0, 0 },
		  1 },
		{ DSFIT_GOAL_DEVELOPMENT, { 1, 1 }, { -1, 2 }, { 1, 8 }, { 1, 1 }, { 0, 0 }, 1 },
		{ DSFIT_GOAL_DEVELOPMENT, { 1, 1 }, { -1, -1 }, { 1, 8 }, { 1, 1 }, { 0, 0 }, 0 },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_assessment a[2] = { { .placed = false } };

		for (int j = 0; j < 2; j++) {
			a[j].price_per_billion = rows[i].token[j];
			a[j].price = rows[i].hour[j];
			a[j].layout.gpus = rows[i].gpus[j];
			a[j].layout.nodes = rows[i].nodes[j];
			a[j].class = &n[rows[i].class[j]];
		}
		ck_assert_msg(dsfit_is_better(site, rows[i].goal, &a[0], &a[1]) ==
			      (rows[i].first == 0), "row %zu", i);
		ck_assert_msg(dsfit_is_better(site, rows[i].goal, &a[1], &a[0]) ==
			      (rows[i].first == 1), "row %zu", i);
	}
	dsfit_site_free(site);
}
END_TEST

/* --- misfits ------------------------------------------------------------------------------- */

static struct dsfit_assessment misfit(enum dsfit_verdict verdict, uint64_t low, uint64_t capacity)
{
	struct dsfit_assessment a = { .placed = true, .overall = verdict,
				      .gpu_capacity = capacity };

	a.account.gpu.low = low;
	return a;
}

START_TEST(closest)
{
	static const struct {
		enum dsfit_verdict was, is;
		uint64_t low, capacity;		/* the one before: 300 needed, 100 available */
		bool closer;
	} rows[] = {
		{ DSFIT_EXCEEDS, DSFIT_EXCEEDS, 299, 100, true },
		{ DSFIT_EXCEEDS, DSFIT_EXCEEDS, 300, 100, false },
		{ DSFIT_EXCEEDS, DSFIT_EXCEEDS, 400, 200, true },
		{ DSFIT_EXCEEDS, DSFIT_EXCEEDS, 200, 50, false },
		{ DSFIT_EXCEEDS, DSFIT_TIGHT, 90, 100, true },
		{ DSFIT_TIGHT, DSFIT_EXCEEDS, 200, 100, false },
		{ DSFIT_TIGHT, DSFIT_TIGHT, 299, 100, true },
		{ DSFIT_TIGHT, DSFIT_TIGHT, 301, 100, false },
		{ DSFIT_EXCEEDS, DSFIT_EXCEEDS, 1, 0, false },
	};

	for (size_t i = 0; i < DSFIT_ARRAY_SIZE(rows); i++) {
		struct dsfit_assessment best = { .placed = false };
		struct dsfit_assessment was = misfit(rows[i].was, 300, 100);
		struct dsfit_assessment is = misfit(rows[i].is, rows[i].low, rows[i].capacity);

		ck_assert(dsfit_may_be_closer(&best, 300, 100));
		dsfit_note_misfit(&best, &was);
		ck_assert_uint_eq(best.account.gpu.low, 300);
		/* dsfit_may_be_closer() must not exclude one that is closer. */
		ck_assert(!rows[i].closer ||
			  dsfit_may_be_closer(&best, rows[i].low, rows[i].capacity));
		dsfit_note_misfit(&best, &is);
		ck_assert_msg((best.account.gpu.low == rows[i].low) == (rows[i].closer ||
			      rows[i].low == 300), "row %zu", i);
		dsfit_note_misfit(NULL, &is);
	}
}
END_TEST

/* Why a training stops that is too large besides is not what is missing. */
START_TEST(closest_runs)
{
	struct dsfit_assessment stops = misfit(DSFIT_EXCEEDS, 100, 100);
	struct dsfit_assessment runs = misfit(DSFIT_EXCEEDS, 300, 100);
	struct dsfit_assessment best = { .placed = false };

	strcpy(stops.stop.text, "2 does not divide 1 GPUs");
	stops.gpu = DSFIT_EXCEEDS;
	dsfit_note_misfit(&best, &stops);
	ck_assert(dsfit_may_be_closer(&best, 300, 100));
	dsfit_note_misfit(&best, &runs);
	ck_assert_uint_eq(best.account.gpu.low, 300);
	dsfit_note_misfit(&best, &stops);
	ck_assert_uint_eq(best.account.gpu.low, 300);
	/* That it stops is all that is wrong. */
	stops.gpu = DSFIT_FITS;
	dsfit_note_misfit(&best, &stops);
	ck_assert_uint_eq(best.account.gpu.low, 100);
}
END_TEST

/* A layout whose GPU is as full, and which cannot be merely tight, need not be assessed. */
START_TEST(cannot_be_closer)
{
	struct dsfit_assessment exceeds = misfit(DSFIT_EXCEEDS, 300, 100);
	struct dsfit_assessment tight = misfit(DSFIT_TIGHT, 90, 100);
	struct dsfit_assessment host = misfit(DSFIT_EXCEEDS, 50, 100);

	ck_assert(!dsfit_may_be_closer(&exceeds, 300, 100));
	ck_assert(dsfit_may_be_closer(&exceeds, 299, 100));
	ck_assert(!dsfit_may_be_closer(&tight, 95, 100));
	ck_assert(dsfit_may_be_closer(&tight, 85, 100));
	/* The misfit is in host memory, so a layout with a fuller GPU may come closer. */
	ck_assert(dsfit_may_be_closer(&host, 100, 100));
	ck_assert(!dsfit_may_be_closer(&host, 101, 100));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ranking");

	add_loop(suite, "kept", kept, DSFIT_ARRAY_SIZE(rankings));
	add_all(suite, "order", (const TTest *const[]){
		waiting_too_long, room_for_an_evaluation, better, closest, closest_runs,
		cannot_be_closer, NULL,
	});
	return unit_run(suite);
}
