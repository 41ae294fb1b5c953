/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and evaluates sums such as "16h + 8f - 4as" over a model's dimensions. */
#include "core/model/expression.h"

#include <string.h>

/* The letters of enum dsfit_dimension, in its order. */
static const char letters[] = "hfqkagoulpxeESVrsFbcdmntwyz";

#define DIGITS_MAX 6

/* The rest of the text that is still to be read, and the whole text for messages. */
struct reader {
	const char *at;
	const char *whole;
	struct dsfit_error *err;
};

static void skip_blanks(struct reader *r)
{
	r->at += strspn(r->at, " \t\n");
}

static int fail(const struct reader *r, const char *what)
{
	return dsfit_fail(r->err, "\"%.200s\": %s; write a sum like 16h + 8f - 4as + 8, with "
			  "the letters %s", r->whole, what, letters);
}

/* A number, letters, or both. */
static int read_term(struct reader *r, int sign, struct dsfit_sum *out)
{
	size_t digits = strspn(r->at, "0123456789"), factors;
	int32_t coefficient = digits ? 0 : 1;

	if (digits > DIGITS_MAX)
		return fail(r, "a coefficient has at most six digits");
	for (size_t i = 0; i < digits; i++)
		coefficient = coefficient * 10 + (*r->at++ - '0');
	factors = strspn(r->at, letters);
	if (!digits && !factors)
		return fail(r, *r->at ? "a term has a number, letters, or both" :
					"a term is missing");
	if (factors > DSFIT_SUM_FACTORS)
		return fail(r, "a term has at most three letters");
	if (out->count == DSFIT_SUM_TERMS)
		return fail(r, "at most 16 terms");
	out->term[out->count].coefficient = sign * coefficient;
	out->term[out->count].factors = (uint8_t)factors;
	for (size_t i = 0; i < factors; i++)
		out->term[out->count].factor[i] = (uint8_t)(strchr(letters, *r->at++) - letters);
	out->count += coefficient != 0;
	return 0;
}

int dsfit_sum_parse(const char *text, struct dsfit_sum *out, struct dsfit_error *err)
{
	struct reader r = { text, text, err };
	struct dsfit_sum sum = { 0 };
	int sign = 1;

	skip_blanks(&r);
	if (*r.at == '-') {
		sign = -1;
		r.at++;
	}
	for (;;) {
		skip_blanks(&r);
		if (read_term(&r, sign, &sum))
			return -1;
		skip_blanks(&r);
		if (!*r.at)
			break;
		if (*r.at != '+' && *r.at != '-')
			return fail(&r, "terms must be joined by + or -");
		sign = *r.at++ == '-' ? -1 : 1;
	}
	*out = sum;
	return 0;
}

int dsfit_dimension_of(char letter)
{
	const char *at = letter ? strchr(letters, letter) : NULL;

	return at ? (int)(at - letters) : -1;
}

char dsfit_dimension_letter(enum dsfit_dimension dimension)
{
	return letters[dimension];
}

double dsfit_sum_value(const struct dsfit_sum *sum, const double dims[DSFIT_DIMENSIONS])
{
	double all = 0;

	for (size_t i = 0; i < sum->count; i++) {
		double product = sum->term[i].coefficient;

		for (size_t j = 0; j < sum->term[i].factors; j++)
			product *= dims[sum->term[i].factor[j]];
		all += product;
	}
	return all;
}

void dsfit_sum_dimensions(const struct dsfit_shape *s, double dims[DSFIT_DIMENSIONS])
{
	double a = (double)s->heads, d = (double)s->head_size;
	/* Latent attention has a key and a value for every query head. */
	double q = s->kv_rank ? a * (double)(s->nope_size + s->rope_size) : a * d;

	memset(dims, 0, DSFIT_DIMENSIONS * sizeof(*dims));
	dims[DSFIT_DIM_HIDDEN] = (double)s->hidden;
	dims[DSFIT_DIM_FFN] = (double)s->ffn;
	dims[DSFIT_DIM_QUERIES] = q;
	dims[DSFIT_DIM_KEYS] = s->kv_rank ? q : (double)s->kv_heads * d;
	dims[DSFIT_DIM_HEADS] = a;
	dims[DSFIT_DIM_KV_HEADS] = s->kv_rank ? a : (double)s->kv_heads;
	dims[DSFIT_DIM_OUTPUTS] = s->kv_rank ? a * (double)s->value_size : q;
	dims[DSFIT_DIM_Q_RANK] = (double)s->q_rank;
	dims[DSFIT_DIM_KV_RANK] = (double)s->kv_rank;
	dims[DSFIT_DIM_ROPE] = (double)s->rope_size;
	dims[DSFIT_DIM_ROUTED] = (double)s->experts_per_token;
	dims[DSFIT_DIM_EXPERT_FFN] = (double)(s->expert_ffn ? s->expert_ffn : s->ffn);
	dims[DSFIT_DIM_EXPERTS] = (double)(s->experts + s->zero_experts);
	dims[DSFIT_DIM_SHARED_FFN] = (double)(s->shared_ffn ? s->shared_ffn :
						s->shared_experts * s->expert_ffn);
	dims[DSFIT_DIM_VOCAB] = (double)s->vocab;
}
