/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_TESTS_ACCURACY_H
#define DSFIT_TESTS_ACCURACY_H

#include <stddef.h>

#include "core/account/account.h"
#include "core/site/site.h"

/*
 * How far the account is from what was traced and what was published, row by row of tests/data.
 * The program writes doc/accuracy.md from it; tests/unit/test_accuracy.c holds the limits.
 */

/* What one traced job is compared in. */
enum traced_figure { TRACED_PEAK, TRACED_REST, TRACED_FORWARD, TRACED_BACKWARD, TRACED_STEP,
		     TRACED_HOST, TRACED_FIGURES };
extern const char *const traced_figures[];

struct traced {
	char id[16];
	char model[64];
	char family[64];
	struct dsfit_training training;
	struct dsfit_layout layout;
	double bytes[TRACED_FIGURES];	/* the oracle's */
	double error[TRACED_FIGURES];	/* account / oracle - 1; NAN where there is none */
};

/* One published job. */
struct measured {
	char id[16];
	char source[96];
	struct dsfit_model model;
	struct dsfit_training training;
	struct dsfit_layout layout;
	double capacity;		/* bytes of GPU memory that are usable */
	double peak;			/* 0 where only the verdict is known */
	char kind[16];			/* what the peak is of: allocated, reserved, device */
	bool ran;
	struct dsfit_account account;
};

/* Read a file and account for each of its rows. The arrays are the caller's to free; NULL, with
 * a line on stderr, where a row cannot be read. */
struct traced *traced_read(const struct dsfit_site *site, const char *data, size_t *count);
struct measured *measured_read(const struct dsfit_site *site, const char *data, size_t *count);

/* The part of an account that a published peak of this kind is. */
double measured_predicted(const struct measured *row);

/* What EleutherAI's cookbook says of such a job, bytes on one GPU. */
double cookbook_bytes(const struct dsfit_model *model, const struct dsfit_training *training,
		      const struct dsfit_layout *layout);

/* Which half of the rows one is in: 0 or 1, by a hash of its name, so that no one picks. */
unsigned half_of(const char *id);

/* The value below which `share` of the sorted values lie, between two of them if need be. */
double quantile(const double *sorted, size_t count, double share);
void sort_values(double *values, size_t count);

#endif
