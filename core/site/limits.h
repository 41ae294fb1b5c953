/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_LIMITS_H
#define DSFIT_LIMITS_H

#include "core/site/policy.h"
#include "core/site/site.h"

/*
 * What accounting lets one job have, by the sections qos and association of dsfit.conf. Slurm
 * applies such limits after the plugins have seen a job: a correction beyond them would make a job
 * that never starts. What a user asks for himself beyond a limit is for Slurm to refuse.
 */

/*
 * The limits of a job: the smallest of its association's and of those of its QOS, a comma list (""
 * or NULL if it names none: the QOS of the association, else the default one). Its association is
 * that of the account that the job names, else of the account whose `users` have the user. `who`
 * may be NULL if the user is not known.
 */
struct dsfit_limits dsfit_site_limits(const struct dsfit_site *site, const char *qos,
				      const struct dsfit_who *who);

/* The most GPUs of one type; UINT64_MAX if only `gpus` limits them. `limits` may be NULL. */
uint64_t dsfit_limit_of_type(const struct dsfit_limits *limits, const char *type);

/* Limit one type to so many GPUs, if it may have more. If there are limits of too many types, all
 * GPUs are limited so instead. */
void dsfit_limit_type(struct dsfit_limits *limits, const char *type, uint64_t gpus);

/* Add other limits: the smaller of each counts. */
void dsfit_limits_add(struct dsfit_limits *to, const struct dsfit_limits *other);

#endif
