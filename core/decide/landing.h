/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_LANDING_H
#define DSFIT_LANDING_H

#include <stdbool.h>
#include <stddef.h>

#include "core/decide/assess.h"

/* Where the candidates of a search land, and a quick look at one of them there. */
struct dsfit_landing {
	struct dsfit_accounts *accounts;
	/* All classes that the candidates match. NULL: not known; then no look is quick. */
	const struct dsfit_node_class *const *classes;
	size_t count;
	/* Of these, one where the GPUs of the last candidates were too small, and one where a
	 * candidate had room; or NULL. */
	const struct dsfit_node_class *small, *roomy;
	bool lands;			/* the last candidate, on any class */
	size_t looks;			/* classes that were looked at for it */
	const struct dsfit_node_class **room;	/* for as many classes as the site has, twice */
};

/* Find the classes where a request may land, for looks at it with several trainings: set `accounts`
 * to those of each. Returns false if there is no memory. */
bool dsfit_landing_begin(struct dsfit_landing *landing, const struct dsfit_site *site,
			 const struct dsfit_request *request);

/* Free what dsfit_landing_begin() made; nothing for a landing of zeroes. */
void dsfit_landing_end(struct dsfit_landing *landing);

/* What a candidate has to be on each class where it lands. */
struct dsfit_demand {
	enum dsfit_verdict gpu, overall;	/* the worst that is good enough */
};

/*
 * The best verdict that a candidate may have, if its request were given all memory and scratch of
 * the nodes, and kept off any class where it does not fit. "exceeds" if its GPUs are too small on
 * some class, because GPUs are not mended. Whatever is better than the demand may be returned as
 * "fits".
 */
enum dsfit_verdict dsfit_look(struct dsfit_landing *landing, const struct dsfit_request *candidate,
			      const struct dsfit_demand *demand);

#endif
