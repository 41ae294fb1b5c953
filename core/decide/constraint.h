/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_CONSTRAINT_H
#define DSFIT_CONSTRAINT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/decide/assess.h"

/*
 * The ways in which a request is changed: for core/decide/search.c, which corrects one, and
 * core/decide/plan.c, which makes one. Each leaves a request that cannot be changed so as it was,
 * and returns 0. What a policy lets change is the caller's to ask.
 */

/* What differs between two requests: bits of enum dsfit_change. */
unsigned dsfit_changes(const struct dsfit_request *from, const struct dsfit_request *to);

/*
 * Ask for as much host memory as the job needs at most on the class it was assessed on, in the
 * scope that the user used, or a GPU where none was; for all that the node has, where it has less.
 * False where that is no more than what is asked for.
 */
bool dsfit_change_memory(struct dsfit_request *request, const struct dsfit_assessment *a);

/* The same of scratch, up to whole GiB. */
bool dsfit_change_scratch(struct dsfit_request *request, const struct dsfit_assessment *a);

/* Whether so many GPUs a node leave no part of it stranded: whether they divide what it has. */
bool dsfit_is_even(const struct dsfit_node_class *class, uint64_t gpus);

/*
 * Ask for `gpus` GPUs on each of `nodes` nodes, in the scope that the user used, or a node where
 * none was. Where the tasks are not `bound`, there are as many as that takes. False where the
 * scope cannot say so, or the nodes have no room for the tasks.
 */
bool dsfit_change_shape(struct dsfit_request *request, bool bound, uint64_t nodes, uint64_t gpus);

/* Whether a request may land there; `context` is the caller's. */
typedef bool (*dsfit_landing_judge)(const void *context, const struct dsfit_assessment *there);

/*
 * Constrain the request to classes that `good` likes, by features that no other has on which it
 * may land; with what the user asked for, if anything. `classes` and `count` are as
 * dsfit_assess_among() has them. How many classes are left, and which in `left`, unless that is
 * NULL, which has room for as many as there were; 0 where no feature tells them apart.
 */
size_t dsfit_change_features(const struct dsfit_site *site, const struct dsfit_workload *workload,
			     struct dsfit_request *request,
			     const struct dsfit_node_class *const *classes, size_t count,
			     dsfit_landing_judge good, const void *context,
			     const struct dsfit_node_class **left);

#endif
