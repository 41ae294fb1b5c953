/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DSFIT_SIZE_H
#define DSFIT_SIZE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

/*
 * Quantities: parsed once, where the text enters, and formatted as people write them.
 * Arithmetic on bytes saturates at UINT64_MAX. An absurd request therefore stays absurdly large;
 * it never wraps around to a small one that fits.
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

static inline uint64_t dsfit_add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static inline uint64_t dsfit_mul(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

/* The smallest power of two that is not below n; n itself where there is none. */
static inline uint64_t dsfit_power_of_two(uint64_t n)
{
	if (n <= 1 || n > UINT64_MAX / 2)
		return n;
	return UINT64_C(1) << (64 - __builtin_clzll(n - 1));
}

/* a - b, or 0 if b is larger. */
static inline uint64_t dsfit_sub(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* a / b rounded up; b must not be 0. */
static inline uint64_t dsfit_div_up(uint64_t a, uint64_t b)
{
	return a / b + (a % b != 0);
}

/* a * factor, rounded down. 0 if the factor is negative or NaN. */
static inline uint64_t dsfit_scale(uint64_t a, double factor)
{
	double product = (double)a * factor;

	if (!(product > 0))
		return 0;
	if (product >= 0x1p64)
		return UINT64_MAX;
	return (uint64_t)product;
}

/*
 * Parse a whole number in [min, max]; only decimal digits are accepted. This parser and those
 * below return 0, or -1 with a line in err that quotes the text and says what is accepted. On
 * failure they leave *out unchanged.
 */
int dsfit_parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *out,
		       struct dsfit_error *err);

/* A number in [min, max], with or without a fraction. min must not be negative. */
int dsfit_parse_decimal(const char *text, double min, double max, double *out,
			struct dsfit_error *err);

/* The largest model that dsfit accepts, in parameters. */
#define DSFIT_PARAMETERS_MAX UINT64_C(1000000000000000)

/* A number of parameters: 350M, 0.6B, 13b, 1.1T or digits alone, from 1 to 1e15. K, M, B and T are
 * decimal. */
int dsfit_parse_count(const char *text, uint64_t *out, struct dsfit_error *err);

/*
 * Bytes, up to 2^60. 80GB and 1.5TB are decimal, 80GiB is binary, and a single letter (80G) is
 * binary as in Slurm's own options. A number without a unit counts bytes.
 */
int dsfit_parse_bytes(const char *text, uint64_t *out, struct dsfit_error *err);
/* The same, but a number without a unit counts MiB, as in Slurm's --mem. */
int dsfit_parse_mebibytes(const char *text, uint64_t *out, struct dsfit_error *err);
/* The same, but a number without a unit is an error. */
int dsfit_parse_bytes_with_unit(const char *text, uint64_t *out, struct dsfit_error *err);

/* A network rate: 25Gbps, 100 Gbps, 800Mbps, 1.6Tbps. *out is in bits per second. */
int dsfit_parse_rate(const char *text, uint64_t *out, struct dsfit_error *err);

/* The texts below need at most so many bytes, including the terminator. */
#define DSFIT_SIZE_TEXT 32

/* "33.9 GiB", "1000 MiB": three or four significant digits and a binary unit. Returns text. */
const char *dsfit_format_bytes(uint64_t bytes, char text[DSFIT_SIZE_TEXT]);
/* A number of parameters: "13B", "596M". */
const char *dsfit_format_count(uint64_t count, char text[DSFIT_SIZE_TEXT]);
/* "25 Gbps", from bits per second. */
const char *dsfit_format_rate(uint64_t bps, char text[DSFIT_SIZE_TEXT]);

/* Room for the digits of any count. */
#define DSFIT_DIGITS 24
/* The count in decimal digits alone, without what printf() costs. Returns its place in `text`. */
const char *dsfit_digits(uint64_t count, char text[DSFIT_DIGITS]);

#endif
