/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_LIMITS_H
#define DSFIT_LIMITS_H

#include "core/site/policy.h"
#include "core/site/site.h"

/*
 * What Slurm's accounting lets one job have, by the sections qos and association of dsfit.conf.
 * Slurm applies such limits after the plugins have seen a job: a correction beyond them would make
 * a job that never starts. What a user asks for himself beyond a limit is for Slurm to refuse.
 */

/* Where a job stands in accounting. All zeroes: a job that names no QOS, of nobody known. The
 * pointers are borrowed. */
struct dsfit_standing {
	const char *qos;		/* a comma list; NULL or "": the site's default */
	const struct dsfit_association *association;	/* NULL: none with limits */
};

/*
 * Where the job of a user stands, who may be NULL if he is not known. Its association is that of
 * the account that the job names, else of the account whose `users` have the user. Its QOS are
 * those that it names (a comma list), else the association's.
 */
struct dsfit_standing dsfit_site_standing(const struct dsfit_site *site, const char *qos,
					  const struct dsfit_who *who);

/*
 * What accounting lets a job have in each of the partitions of a comma list (NULL or "": the
 * default one), whichever of its QOS it gets. See limits.c for what overrides what.
 */
struct dsfit_limits dsfit_site_limits(const struct dsfit_site *site, const char *partitions,
				      const struct dsfit_standing *standing);

/* Whether all QOS of the job let it have more nodes than a partition allows. */
bool dsfit_ignores_max_nodes(const struct dsfit_site *site, const struct dsfit_standing *standing);

/* The most GPUs of one type; UINT64_MAX if only `gpus` limits them. `limits` may be NULL. */
uint64_t dsfit_limit_of_type(const struct dsfit_limits *limits, const char *type);

/* Limit one type to so many GPUs, if it may have more. If there are limits of too many types, all
 * GPUs are limited so instead. */
void dsfit_limit_type(struct dsfit_limits *limits, const char *type, uint64_t gpus);

#endif
