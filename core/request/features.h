/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_FEATURES_H
#define DSFIT_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/names.h"

/* Feature expressions: the argument of Slurm's --constraint. */

/*
 * Whether a job on `nodes` nodes may get at least one node with these features. The expression may
 * have names, & (or a comma), |, parentheses, brackets and counts such as a*2, as sbatch(1)
 * describes under --constraint. If the counts add up to fewer than `nodes`, the other nodes may be
 * any. An expression that cannot be read matches every node: dsfit then considers a class too many
 * rather than refusing a job over something it does not understand. "" matches every node.
 */
bool dsfit_features_match(const char *expression, const struct dsfit_names *features,
			  uint64_t nodes);

/* The sum of an expression's counts: 5 for "[a*2&b*3]", 0 if it has none. */
uint64_t dsfit_features_nodes(const char *expression);

#endif
