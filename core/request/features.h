/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_FEATURES_H
#define DSFIT_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/names.h"

/*
 * Whether a feature expression lets a job of so many nodes have one with these features: names, &,
 * | and parentheses, brackets and counts (a*2) as Slurm's --constraint has them. Nodes beyond those
 * that are counted may be any. What is beyond that holds for any: better a class too many than a
 * job refused for a word not understood.
 */
bool dsfit_features_match(const char *expression, const struct dsfit_names *features,
			  uint64_t nodes);

/* All nodes that a feature expression counts: 5 for "[a*2&b*3]", 0 where it counts none. */
uint64_t dsfit_features_nodes(const char *expression);

#endif
