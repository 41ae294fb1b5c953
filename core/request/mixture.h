/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_MIXTURE_H
#define DSFIT_MIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/request/placement.h"

/*
 * A request that no class of nodes can hold alone may still run on nodes of several classes: 20
 * GPUs of a type that one class has 16 of and another 16 more. Slurm places such a job.
 */

/*
 * The layout of the request over nodes of several of these classes, all of which it matches
 * (dsfit_matches()); with `classes` NULL, of all the site's classes that it matches. It takes as
 * few nodes as it can, those that hold most first. Returns false if all of them together do not
 * suffice.
 */
bool dsfit_lay_out_mixed(const struct dsfit_site *site, const struct dsfit_request *request,
			 const struct dsfit_node_class *const *classes, size_t count,
			 struct dsfit_layout *layout);

/*
 * Turn that layout, which is in *layout, into what a node of this class, which the request matches,
 * gets of it. Returns false if its nodes have no room for any part of it.
 */
bool dsfit_layout_there(const struct dsfit_site *site, const struct dsfit_request *request,
			const struct dsfit_node_class *class, struct dsfit_layout *layout);

#endif
