/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_PHRASES_H
#define DSFIT_PHRASES_H

#include <stdio.h>

#include "core/base/size.h"
#include "core/say/subject.h"

/* Phrases that the decision, the account and the JSON share. Only core/say/ uses them. */

/* Room for a request as text, in bytes. */
#define DSFIT_REQUEST_TEXT 1024

/* Room for the quantities of one printf. */
struct dsfit_texts {
	char text[6][DSFIT_SIZE_TEXT];
};

/* Write a number of bytes ("33.9 GiB") into the i-th text, from 0 to 5. Returns that text. */
const char *dsfit_phrase_bytes(uint64_t value, struct dsfit_texts *t, int i);

/* The GPU's label, such as "A100 40GB", or "GPU" if its type is not known. */
const char *dsfit_phrase_gpu(const struct dsfit_assessment *a);

/* "2 nodes x 4 A100 40GB", or "1 node x 4 GPU" if the GPU's type is not known. */
void dsfit_phrase_layout(FILE *out, const struct dsfit_assessment *a);

/* "13B, ZeRO-3, optimizer on cpu, batch 1 x 2048 tokens": the model and how it is trained. The
 * micro-batch is the account's, or the declared one if account is NULL. */
void dsfit_phrase_workload(FILE *out, const struct dsfit_workload *w,
			   const struct dsfit_account *account);

/* A verdict for people: "fits", "unknown", "tight" or "does not fit". core/say/record.c reads these
 * words back. */
const char *dsfit_phrase_verdict(enum dsfit_verdict verdict);

/* The request in the gate's own options. Returns text. */
const char *dsfit_phrase_request(const struct dsfit_say *say, const struct dsfit_request *request,
				 char text[DSFIT_REQUEST_TEXT]);

/* "the largest batch that fits here is 6"; "" if that would not help. Returns text. */
#define DSFIT_LARGEST_TEXT 80
const char *dsfit_phrase_largest(const struct dsfit_decision *d, char text[DSFIT_LARGEST_TEXT]);

/*
 * Why a request does not fit, or why dsfit cannot tell: one line each, without a newline, with the
 * figure and the limit. The first line is the reason for the verdict. There are none if nothing was
 * asked for, or if everything is known to fit. Last comes what dsfit_phrase_evaluation(),
 * dsfit_phrase_card() and dsfit_phrase_wait() add, if the job passes.
 */
#define DSFIT_REASONS_MAX 12
#define DSFIT_REASON_TEXT 512
struct dsfit_reasons {
	char line[DSFIT_REASONS_MAX][DSFIT_REASON_TEXT];
	size_t count;
};
void dsfit_phrase_reasons(const struct dsfit_say *say, struct dsfit_reasons *out);

/* Add that only an evaluation which nobody has declared might not fit, if that is so: a line. */
void dsfit_phrase_evaluation(const struct dsfit_say *say, const struct dsfit_assessment *assessment,
			     struct dsfit_reasons *out);

/* Add what the card does badly or may not do: at most one line. */
void dsfit_phrase_card(const struct dsfit_say *say, const struct dsfit_assessment *assessment,
		       struct dsfit_reasons *out);

/* Write what is wrong with the card for this training, besides its memory. */
void dsfit_phrase_fault(const struct dsfit_say *say, const struct dsfit_assessment *assessment,
			char line[DSFIT_REASON_TEXT]);

/* Add how long the job waits for the network, if that is long and allowed: at most two lines. */
void dsfit_phrase_wait(const struct dsfit_say *say, const struct dsfit_assessment *assessment,
		       struct dsfit_reasons *out);

/* The assessment that the account is shown for: of the corrected request; else of the one that was
 * asked; or, if nothing was asked, of the one that dsfit found. */
const struct dsfit_assessment *dsfit_phrase_shown(const struct dsfit_decision *d);

/* " --ds-zero=3 --ds-offload=cpu" from "zero=3 offload=cpu": each with the gate's prefix. */
void dsfit_phrase_options(FILE *out, const char *prefix, const char *options);

#endif
