/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SIZE_H
#define DSFIT_SIZE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

/*
 * Quantities: read from text once, where they enter, and written back as people write them.
 * Arithmetic on bytes saturates at UINT64_MAX, so that an absurd request is absurdly large
 * and never wraps into one that fits.
 */

#define DSFIT_KIB (UINT64_C(1) << 10)
#define DSFIT_MIB (UINT64_C(1) << 20)
#define DSFIT_GIB (UINT64_C(1) << 30)

static inline uint64_t dsfit_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t dsfit_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

uint64_t dsfit_add(uint64_t a, uint64_t b);
uint64_t dsfit_mul(uint64_t a, uint64_t b);
/* a - b, or 0 where b is larger. */
uint64_t dsfit_sub(uint64_t a, uint64_t b);
/* a / b rounded up; b must not be 0. */
uint64_t dsfit_div_up(uint64_t a, uint64_t b);
/* a * factor, rounded down; 0 for a factor that is negative or not a number. */
uint64_t dsfit_scale(uint64_t a, double factor);

/*
 * A whole number in [min, max], decimal digits only. The parsers below return 0, or -1 with
 * a line in err that quotes the text and says what is accepted; *out is then untouched.
 */
int dsfit_parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out,
		       struct dsfit_error *err);

/* A number with or without a fraction, in [min, max], min not negative. */
int dsfit_parse_decimal(const char *text, double min, double max, double *out,
			struct dsfit_error *err);

/* No model has more parameters. */
#define DSFIT_PARAMETERS_MAX UINT64_C(1000000000000000)

/* Parameters: 350M, 0.6B, 13b, 1.1T or plain digits. 1 to 1e15 (decimal multiples). */
int dsfit_parse_count(const char *text, uint64_t *out, struct dsfit_error *err);

/*
 * Bytes: 80GB and 1.5TB are decimal, 80GiB binary, and a lone letter (80G) is binary, as in
 * Slurm's own options. A number alone is bytes. Up to 2^60.
 */
int dsfit_parse_bytes(const char *text, uint64_t *out, struct dsfit_error *err);
/* The same where a number alone is MiB, as in Slurm's --mem, or nothing that is accepted. */
int dsfit_parse_mebibytes(const char *text, uint64_t *out, struct dsfit_error *err);
int dsfit_parse_bytes_with_unit(const char *text, uint64_t *out, struct dsfit_error *err);

/* A network rate: 25Gbps, 100 Gbps, 800Mbps, 1.6Tbps. *out is in bits a second. */
int dsfit_parse_rate(const char *text, uint64_t *out, struct dsfit_error *err);

/* The texts below need at most this, with the terminator. */
#define DSFIT_SIZE_TEXT 32

/* "33.9 GiB", "1000 MiB": three significant digits, or four, binary units. Returns text. */
const char *dsfit_format_bytes(uint64_t bytes, char text[DSFIT_SIZE_TEXT]);
/* "13.0B", "596M", "124M" of parameters. */
const char *dsfit_format_count(uint64_t count, char text[DSFIT_SIZE_TEXT]);
/* "25 Gbps", from bits a second. */
const char *dsfit_format_rate(uint64_t bps, char text[DSFIT_SIZE_TEXT]);

#endif
