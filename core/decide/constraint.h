/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CONSTRAINT_H
#define DSFIT_CONSTRAINT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/decide/assess.h"

/* Whether the caller likes the job on a class. `context` is the caller's own. */
typedef bool (*dsfit_class_judge)(const void *context, const struct dsfit_assessment *there);

/*
 * Add a constraint to the request that keeps it off the classes which `judge` rejects. The
 * constraint lists features that only accepted classes have ("net200|net400"), and a constraint of
 * the user's stays in force beside it ("(rack1)&(net200|net400)").
 *
 * `classes` and `count` are as in dsfit_assess_among(). Returns how many classes the request may
 * still land on, and writes these to `left` unless it is NULL; it needs room for as many as there
 * were, and may be `classes`. Returns 0 and leaves the request unchanged if no feature separates
 * the classes, if the user's constraint has counts or brackets, or if the constraint becomes too
 * long.
 */
size_t dsfit_constrain(struct dsfit_accounts *accounts, struct dsfit_request *request,
		       const struct dsfit_node_class *const *classes, size_t count,
		       dsfit_class_judge judge, const void *context,
		       const struct dsfit_node_class **left);

#endif
