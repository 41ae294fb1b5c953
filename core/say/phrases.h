/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PHRASES_H
#define DSFIT_PHRASES_H

#include <stdio.h>

#include "core/base/size.h"
#include "core/say/subject.h"

/* Phrases that the decision, the account and the JSON share. Only core/say/ uses them. */

#define DSFIT_REQUEST_TEXT 1024

/* Texts of one call, so that several quantities can stand in one printf. */
struct dsfit_texts {
	char text[6][DSFIT_SIZE_TEXT];
};

/* The i-th text, with so many bytes in it as people write them. */
const char *dsfit_phrase_bytes(uint64_t value, struct dsfit_texts *t, int i);

/* The card's label, or "GPU" where it is not known. */
const char *dsfit_phrase_gpu(const struct dsfit_assessment *a);

/* "2 nodes x 4 A100 40GB", or "1 node x 4 GPU" where the card is not known. */
void dsfit_phrase_layout(FILE *out, const struct dsfit_assessment *a);

/* "13B, ZeRO-3, optimizer on cpu, batch 1 x 2048 tokens": what is trained, and how. The batch is
 * the account's, on its GPUs; where that is NULL, the declared one. */
void dsfit_phrase_workload(FILE *out, const struct dsfit_workload *w,
			  const struct dsfit_account *account);

/* The request in the gate's own options. Returns text. */
const char *dsfit_phrase_request(const struct dsfit_say *say, const struct dsfit_request *request,
				char text[DSFIT_REQUEST_TEXT]);

/* Why a request does not fit, or why that cannot be told: one line each, without a newline. The
 * first belongs to the verdict. The text and the JSON have the same. */
#define DSFIT_REASONS_MAX 7
struct dsfit_reasons {
	char line[DSFIT_REASONS_MAX][512];
	size_t count;
};
void dsfit_phrase_reasons(const struct dsfit_say *say, struct dsfit_reasons *out);

/* What the account is shown for: what the job will be, or what was asked, or, where nothing was,
 * the request found. */
const struct dsfit_assessment *dsfit_phrase_shown(const struct dsfit_decision *d);

/* " --ds-zero=3 --ds-offload=cpu" from "zero=3 offload=cpu": each with the gate's prefix. */
void dsfit_phrase_options(FILE *out, const char *prefix, const char *options);

#endif
