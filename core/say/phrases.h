/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PHRASES_H
#define DSFIT_PHRASES_H

#include <stdio.h>

#include "core/base/size.h"
#include "core/say/say.h"

/* Words that more than one part of what is said has: for core/say*.c alone. */

#define DSFIT_REQUEST_TEXT 1024

/* Texts of one call, so that several quantities can stand in one printf. */
struct dsfit_texts {
	char text[6][DSFIT_SIZE_TEXT];
};

/* The i-th text, with so many bytes in it as people write them. */
const char *dsfit_words_bytes(uint64_t value, struct dsfit_texts *t, int i);

/* The card's label, or "GPU" where it is not known. */
const char *dsfit_words_gpu(const struct dsfit_assessment *a);

/* "2 nodes x 4 A100 40GB", or "1 node x 4 GPU" where the card is not known. */
void dsfit_words_layout(FILE *out, const struct dsfit_assessment *a);

/* "13B, ZeRO-3, optimizer on cpu, batch 1 x 2048 tokens": what is trained, and how. The batch is
 * the account's, on its GPUs; where that is NULL, the declared one. */
void dsfit_words_workload(FILE *out, const struct dsfit_workload *w,
			  const struct dsfit_account *account);

/* The request in the gate's own options. Returns text. */
const char *dsfit_words_request(const struct dsfit_say *say, const struct dsfit_request *request,
				char text[DSFIT_REQUEST_TEXT]);

/* One reason a line, without a newline, to put(context, line): the same in words and in JSON. */
typedef void (*dsfit_reason_writer)(void *context, const char *line);
void dsfit_words_reasons(const struct dsfit_say *say, dsfit_reason_writer put, void *context);

/* What the account is shown for: what the job will be, or what was asked, or, where nothing was,
 * the request found. */
const struct dsfit_assessment *dsfit_words_shown(const struct dsfit_decision *d);

/* " --ds-zero=3 --ds-offload=cpu" from "zero=3 offload=cpu": each with the gate's prefix. */
void dsfit_words_options(FILE *out, const char *prefix, const char *options);

/* The whole account: core/say/say_account.c. */
void dsfit_words_account(FILE *out, const struct dsfit_say *say);

#endif
